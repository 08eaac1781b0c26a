#pragma once

#include "gpu/blas/product.h"

namespace vgpu::blas {

// The right factor of `columns` columns, 1, 2, 4 or 8, is F32 (16-bit integers where A has I8) and its depth is
// filled up with zeros to a multiple of 32.
struct ThinBlock {
  Factor a;
  std::int64_t rows = 0, depth = 0, columns = 0;
  const std::byte* b = nullptr;
  std::int64_t b_stride = 0;  // bytes from column to column; where lines are not along the depth, from depth to depth
  void* sums = nullptr;
  std::int64_t sums_stride = 0;
};
using ThinKernel = void (*)(const ThinBlock& block);

// For one set of instructions. Lines across the depth: rows of `sums` are filled up to a multiple of 16.
struct ThinKernels {
  ThinKernel halves_along = nullptr, bfloats_along = nullptr, bytes_along = nullptr;
  ThinKernel halves_across = nullptr, bfloats_across = nullptr;
};
extern const ThinKernels kThinAvx2, kThinAvx512;

}  // namespace vgpu::blas
