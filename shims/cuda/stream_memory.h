#pragma once

#include <vector>

#include "shims/cuda/driver.h"

// Operations on memory in stream order that are no kernels: a stream waits for a value, or writes one.
namespace vgpu::cuda {

using MemoryOperations = std::vector<CUstreamBatchMemOpParams>;

// CUDA_ERROR_INVALID_VALUE for an unknown operation, for flags that it has not, and for an address that is no known
// memory's or not aligned to the value; CUDA_ERROR_NOT_SUPPORTED for flags that the device's attributes exclude.
CUresult check_operations(const MemoryOperations& operations);

// One piece of work that carries out all of them, in order. Its waits hold up nobody but their stream, and end when the
// device has failed.
gpu::Work operations_work(gpu::Backend& backend, MemoryOperations operations);

}  // namespace vgpu::cuda
