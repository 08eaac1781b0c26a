#pragma once

#include <span>

#include "base/error.h"
#include "gpu/warp/context.h"

namespace vgpu::jit {

// The name under which every object defines its kernel.
inline constexpr char kKernelSymbol[] = "vgpu_kernel";

// Links an ELF object into this process, for good, and returns its kernel. Calls to helpers are bound by name; an
// object that needs another name fails with it.
Expected<WarpFunction> load_object(std::span<const char> object);

}  // namespace vgpu::jit
