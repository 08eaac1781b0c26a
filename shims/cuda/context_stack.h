#pragma once

#include <vector>

#include "shims/cuda/driver.h"

namespace vgpu::cuda {

// The calling thread's contexts; the last is current. A null entry is cuCtxSetCurrent(NULL)'s or pushed.
std::vector<Context*>& context_stack();

// The device's primary context, made if need be, with one more reference.
Context* retain_primary(VisibleDevice& device, CUdevice ordinal);
// The same context, neither made active nor counted.
Context* find_primary(VisibleDevice& device, CUdevice ordinal);

}  // namespace vgpu::cuda
