#pragma once

#include "gpu/backend.h"

namespace vgpu::cuda {

// At a synchronization: gives memory that pools of the device keep beyond their release threshold back to it. Costs
// next to nothing where there is none.
void release_pool_memory(gpu::Backend& backend);

// After the device was reset: its pools have no memory any more.
void forget_pool_memory(const gpu::Backend& backend);

}  // namespace vgpu::cuda
