#pragma once

#include <span>

#include "base/error.h"
#include "gpu/warp/context.h"

namespace vgpu::jit {

// The names under which every object defines its kernel, and the kernel's KernelTraits.
inline constexpr char kKernelSymbol[] = "vgpu_kernel";
inline constexpr char kTraitsSymbol[] = "vgpu_kernel_traits";

struct LoadedKernel {
  WarpFunction function = nullptr;
  KernelTraits traits{};
};

// Links an ELF object into this process, for good, and returns its kernel. Calls to helpers are bound by name; an
// object that needs another name fails with it.
Expected<LoadedKernel> load_object(std::span<const char> object);

}  // namespace vgpu::jit
