#pragma once

#include <cstdint>
#include <functional>

#include "gpu/blas/types.h"

namespace vgpu::blas {

// Column-major matrices: op(A) is m x k, op(B) k x n, C m x n; a leading dimension counts elements from column to
// column and is at least the stored matrix's number of rows.
struct GemmShape {
  Operation operation_a = Operation::None, operation_b = Operation::None;
  std::int64_t m = 0, n = 0, k = 0;
  DataType type_a = DataType::F32, type_b = DataType::F32, type_c = DataType::F32;
  ComputeType compute = ComputeType::F32;
  std::int64_t lda = 1, ldb = 1, ldc = 1;
};

struct GemmOperands {
  const void* a = nullptr;
  const void* b = nullptr;
  void* c = nullptr;
};

// True for the combinations of types that gemm computes: F32, F64, C32, C64; F16 and BF16 to the same or F32; I8 to
// F32 or I32.
bool gemm_supported(const GemmShape& shape);

// C = alpha op(A) op(B) + beta C for each of `batch` sets of operands. C is not read where beta is 0; A and B are not
// read where alpha or k is 0. Integer results wrap.
void gemm(const GemmShape& shape, Scalar alpha, Scalar beta, std::int64_t batch,
          const std::function<GemmOperands(std::int64_t)>& operands);

}  // namespace vgpu::blas
