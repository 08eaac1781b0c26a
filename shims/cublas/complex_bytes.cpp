#include "shims/cublas/complex_bytes.h"

#include <algorithm>

namespace vgpu::cublas {
namespace {

constexpr std::int64_t kElement = 2;

const void* factor(const Matrices& matrices, bool arrays, std::int64_t index) {
  if (arrays) return static_cast<const void* const*>(matrices.pointer)[index];
  return static_cast<const std::int8_t*>(matrices.pointer) + index * matrices.stride * kElement;
}

}  // namespace

std::vector<std::complex<float>> widen_complex_bytes(const void* bytes, std::int64_t rows, std::int64_t columns,
                                                     std::int64_t ld) {
  const auto* const from = static_cast<const std::int8_t*>(bytes);
  std::vector<std::complex<float>> numbers(static_cast<std::size_t>(rows * columns));
  for (std::int64_t column = 0; column < columns; ++column) {
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::int8_t* const pair = from + (row + column * ld) * kElement;
      numbers[static_cast<std::size_t>(row + column * rows)] = {static_cast<float>(pair[0]),
                                                                static_cast<float>(pair[1])};
    }
  }
  return numbers;
}

cublasStatus_t enqueue_complex_byte_gemm(cublasHandle_t handle, const GemmCall& call) {
  blas::GemmShape shape;
  if (const auto status = check_gemm(call, shape); status != kSuccess) return status;
  if (call.m == 0 || call.n == 0 || call.batch == 0) return kSuccess;
  const ScalarArgument alpha(handle->pointer_mode, call.kind.scale, call.alpha);
  const ScalarArgument beta(handle->pointer_mode, call.kind.scale, call.beta);
  return enqueue(handle, call.name, [shape, call, alpha, beta] {
    const bool plain_a = shape.operation_a == blas::Operation::None;
    const bool plain_b = shape.operation_b == blas::Operation::None;
    const bool read = alpha.value() != blas::Scalar(0);
    for (std::int64_t index = 0; index < call.batch; ++index) {
      blas::GemmShape compact = shape;
      compact.lda = std::max<std::int64_t>(plain_a ? shape.m : shape.k, 1);
      compact.ldb = std::max<std::int64_t>(plain_b ? shape.k : shape.n, 1);
      std::vector<std::complex<float>> a;
      std::vector<std::complex<float>> b;
      if (read) {
        a = widen_complex_bytes(factor(call.a, call.arrays, index), plain_a ? shape.m : shape.k,
                                plain_a ? shape.k : shape.m, shape.lda);
        b = widen_complex_bytes(factor(call.b, call.arrays, index), plain_b ? shape.k : shape.n,
                                plain_b ? shape.n : shape.k, shape.ldb);
      }
      blas::gemm(compact, alpha.value(), beta.value(), 1,
                 [&](std::int64_t) { return blas::GemmOperands{a.data(), b.data(), operands_of(call, index).c}; });
    }
  });
}

}  // namespace vgpu::cublas
