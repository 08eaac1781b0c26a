#pragma once

#include "shims/cuda/driver.h"

namespace vgpu::cuda {

// The copy that a CUDA_MEMCPY3D describes, checked against what is known of both ends.
// CUDA_ERROR_INVALID_VALUE for a part that leaves its array, CUDA_ERROR_INVALID_HANDLE for an array that is not alive.
CUresult make_copy(const CUDA_MEMCPY3D& parameters, gpu::CopyWork& work);

}  // namespace vgpu::cuda
