#pragma once

#include "shims/cuda/driver.h"

namespace vgpu::cuda {

// The copy that a CUDA_MEMCPY3D describes, checked against what is known of both ends. Arrays are refused with
// CUDA_ERROR_NOT_SUPPORTED.
CUresult make_copy(const CUDA_MEMCPY3D& parameters, gpu::CopyWork& work);

}  // namespace vgpu::cuda
