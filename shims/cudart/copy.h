#pragma once

#include "shims/cudart/abi.h"

namespace vgpu::cudart {

struct CopySides {
  CUmemorytype destination, source;
};

// Where the ends of a copy of this kind are. cudaErrorInvalidMemcpyDirection for an unknown one.
cudaError_t sides_of(int kind, CopySides& sides);

// The driver's description of a copy, with sides_of()'s error.
cudaError_t to_driver_copy(const cudaMemcpy3DParms& parameters, CUDA_MEMCPY3D& copy);

// A plain copy of `size` bytes as three dimensions with one row.
cudaMemcpy3DParms linear_copy(void* destination, const void* source, std::size_t size, int kind);

}  // namespace vgpu::cudart
