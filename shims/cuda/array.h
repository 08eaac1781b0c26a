#pragma once

#include "gpu/texture/image.h"
#include "shims/cuda/abi.h"

namespace vgpu::cuda {

struct Context;

// A CUDA array. Its rows and slices lie one behind the other without gaps; its memory is in the MemoryMap, and ends
// with the context if not before.
struct Array {
  Context* context = nullptr;
  CUDA_ARRAY3D_DESCRIPTOR descriptor{};
  texture::Format format;
  CUdeviceptr address = 0;

  [[nodiscard]] std::size_t row_bytes() const { return descriptor.width * format.bytes(); }
  [[nodiscard]] std::size_t rows() const { return descriptor.height == 0 ? 1 : descriptor.height; }
  [[nodiscard]] std::size_t slices() const { return descriptor.depth == 0 ? 1 : descriptor.depth; }
  [[nodiscard]] std::size_t slice_bytes() const { return row_bytes() * rows(); }
  [[nodiscard]] std::size_t bytes() const { return slice_bytes() * slices(); }
  [[nodiscard]] texture::Image image() const;
};

// CUDA_ERROR_INVALID_VALUE for what is no format; CUDA_ERROR_NOT_SUPPORTED, with a line in the log, for formats that
// are more than one, two or four plain channels (block-compressed, planar, normalized by themselves).
CUresult to_format(CUarray_format format, unsigned channels, texture::Format& converted);

}  // namespace vgpu::cuda
