#pragma once

#include <cstddef>
#include <cstdint>

#include "gpu/blas/types.h"

// What the ways to compute a tile of C from factors of F16, BF16 or I8 have in common.
namespace vgpu::blas {

// A factor: its first value, the leading dimension in values, and whether a line (a row of op(A), a column of op(B))
// is adjacent in memory, along the depth of the product.
struct Factor {
  const std::byte* first = nullptr;
  std::int64_t ld = 0;
  bool along_depth = false;
};

// op(A) op(B), m x k and k x n; both factors have the same type.
struct Product {
  DataType type = DataType::BF16;
  Factor a, b;
  std::int64_t m = 0, n = 0, k = 0;
};

// A product, column-major: I32 where the factors are I8, else F32. Its memory is the calling thread's until the next.
struct Sums {
  const void* values = nullptr;
  std::int64_t ld = 0;
};

}  // namespace vgpu::blas
