#pragma once

#include "shims/cudart/abi.h"

namespace vgpu::cudart {

// The driver's description of a copy. cudaErrorInvalidMemcpyDirection for an unknown kind, cudaErrorNotSupported for
// arrays.
cudaError_t to_driver_copy(const cudaMemcpy3DParms& parameters, CUDA_MEMCPY3D& copy);

// A plain copy of `size` bytes as three dimensions with one row.
cudaMemcpy3DParms linear_copy(void* destination, const void* source, std::size_t size, int kind);

}  // namespace vgpu::cudart
