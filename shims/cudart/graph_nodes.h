#pragma once

#include "shims/cudart/abi.h"

namespace vgpu::cudart {

// The driver's description of a kernel node. cudaErrorInvalidDeviceFunction for a stub without an entry.
cudaError_t to_driver_kernel(const cudaKernelNodeParams& parameters, CUDA_KERNEL_NODE_PARAMS_v2& driver_parameters);

CUDA_MEMSET_NODE_PARAMS to_driver_fill(const cudaMemsetParams& parameters);

}  // namespace vgpu::cudart
