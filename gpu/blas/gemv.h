#pragma once

#include <cstdint>

#include "gpu/blas/types.h"

namespace vgpu::blas {

// y = alpha op(A) x + beta y with A, m x n, and x of F16 or BF16, and y of the same or of F32; sums are F32. A and x
// are not read where alpha is 0, y is not where beta is.
struct NarrowGemv {
  Operation operation = Operation::None;
  std::int64_t m = 0, n = 0;
  DataType type = DataType::F16, type_y = DataType::F16;
  const void* a = nullptr;
  std::int64_t lda = 1;
  const void* x = nullptr;
  std::int64_t incx = 1;
  void* y = nullptr;
  std::int64_t incy = 1;
};
void multiply(const NarrowGemv& product, float alpha, float beta);

}  // namespace vgpu::blas
