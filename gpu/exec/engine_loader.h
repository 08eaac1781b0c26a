#pragma once

#include <string>
#include <string_view>

#include "gpu/status.h"
#include "gpu/warp/block_shape.h"
#include "gpu/warp/context.h"

// The compiler library, which is loaded when the first kernel is compiled.
namespace vgpu::exec {

struct CompileInput {
  std::string_view module_text;  // PTX
  std::string entry;
  WarpRow warp_row = kAnyBlock;
};

struct CompiledEntry {
  WarpFunction function = nullptr;
  KernelTraits traits{};
};

// Compiles an entry, or takes it from the on-disk cache. Looks for libvgpu-engine.so beside the library that this code
// is in, then in the fixed places where images carry it; VGPU_ENGINE may name a file instead. On failure `reason` says
// why: NotFound when there is no such library (which has been logged too), else what the compiler says.
gpu::Status compile_entry(const CompileInput& input, CompiledEntry& result, std::string& reason);

// True for VGPU_ENGINE=interp: kernels are interpreted, for debugging.
bool interpreter_chosen();

}  // namespace vgpu::exec
