#pragma once

#include <cstdint>
#include <functional>

#include "gpu/blas/types.h"

namespace vgpu::blas {

// op(A) X = alpha B (left) or X op(A) = alpha B (right); X, m x n, overwrites B. A is triangular.
struct TriangularShape {
  bool left = true, upper = false, unit_diagonal = false;
  Operation operation = Operation::None;
  std::int64_t m = 0, n = 0, lda = 1, ldb = 1;
  DataType type = DataType::F32;  // F32, F64, C32, C64
};

struct TriangularOperands {
  const void* a = nullptr;
  void* b = nullptr;
};

// Solves each of `batch` systems. With alpha 0, A is not read and B becomes 0.
void triangular_solve(const TriangularShape& shape, Scalar alpha, std::int64_t batch,
                      const std::function<TriangularOperands(std::int64_t)>& operands);

}  // namespace vgpu::blas
