#pragma once

#include <cstddef>

#include "gpu/exec/grid.h"
#include "gpu/exec/kernel.h"

namespace vgpu::exec {

struct LaunchResult {
  Fault fault;            // cause None: all blocks ran
  gpu::Dimensions block;  // where the fault was
};

// Runs a whole grid on this thread and the worker pool, and returns when it is done. `statistics` tells how much help
// pays, and is updated. `heap`: where malloc in the kernel takes memory.
LaunchResult run_grid(const KernelCode& code, const LaunchShape& shape, const std::byte* parameters,
                      KernelStatistics& statistics, DeviceHeap* heap = nullptr);

}  // namespace vgpu::exec
