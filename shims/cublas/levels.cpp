// BLAS levels 1 to 3 beside GEMM and TRSM, in both of cuBLAS's integer widths.
#include <algorithm>
#include <limits>

#include "gpu/blas/routines.h"
#include "shims/cublas/arguments.h"

using namespace vgpu::cublas;
namespace blas = vgpu::blas;

namespace {

constexpr std::int64_t kLargest = std::numeric_limits<int>::max();

template <class... Sizes>
bool fits(Sizes... sizes) {
  return ((std::int64_t{sizes} <= kLargest && std::int64_t{sizes} >= -kLargest) && ...);
}

template <class T>
T cast(blas::Scalar value) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(value.real());
  } else {
    return T(value);
  }
}

template <class T>
ScalarArgument scalar(cublasHandle_t handle, const T* pointer) {
  return ScalarArgument(handle->pointer_mode, kDataTypeOf<T>, pointer);
}

// A function with one result: in host mode the caller waits for it.
template <class Result, class Compute>
cublasStatus_t enqueue_result(cublasHandle_t handle, const char* name, Result* result, Compute compute) {
  if (result == nullptr) return kInvalidValue;
  const cublasStatus_t status = enqueue(handle, name, [=] { *result = static_cast<Result>(compute()); });
  return status == kSuccess && handle->pointer_mode == 0 ? synchronize(handle) : status;
}

std::int64_t at_least_one(std::int64_t rows) {
  return std::max<std::int64_t>(rows, 1);
}

bool is_switch(int value) {
  return value == 0 || value == 1;
}

// C = alpha op(A) + beta op(B); C may be A or B where that one is not transposed.
template <class T>
struct Addition {
  blas::Operation operation_a, operation_b;
  std::int64_t m, n;
  const T* a;
  std::int64_t lda;
  const T* b;
  std::int64_t ldb;
  T* c;
  std::int64_t ldc;

  static T element(const T* matrix, blas::Operation operation, std::int64_t ld, std::int64_t row, std::int64_t column) {
    if (operation == blas::Operation::None) return matrix[row + column * ld];
    const T value = matrix[column + row * ld];
    if constexpr (std::is_floating_point_v<T>) {
      return value;
    } else {
      return operation == blas::Operation::ConjugateTranspose ? std::conj(value) : value;
    }
  }
  void run(T alpha, T beta) const {
    for (std::int64_t column = 0; column < n; ++column) {
      for (std::int64_t row = 0; row < m; ++row) {
        T sum{};
        if (alpha != T{}) sum += alpha * element(a, operation_a, lda, row, column);
        if (beta != T{}) sum += beta * element(b, operation_b, ldb, row, column);
        c[row + column * ldc] = sum;
      }
    }
  }
};

}  // namespace

#define INTEGER int
#define NAME(name) name
#include "shims/cublas/levels.inc"
#undef INTEGER
#undef NAME

#define INTEGER std::int64_t
#define NAME(name) name##_64
#include "shims/cublas/levels.inc"
