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

// Bytes of an array's element.
cudaError_t element_size(CUarray array, std::size_t& bytes);

// The address of `count` bytes at `offset` in a variable. cudaErrorInvalidValue for a part that leaves it.
cudaError_t inside_variable(const void* symbol, std::size_t count, std::size_t offset, void*& address);

// A plain copy of `size` bytes as three dimensions with one row.
cudaMemcpy3DParms linear_copy(void* destination, const void* source, std::size_t size, int kind);

}  // namespace vgpu::cudart
