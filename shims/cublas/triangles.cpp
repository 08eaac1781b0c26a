// syrkx and herkx; complex rank updates whose types are parameters; packed triangles to full ones and back.
#include "gpu/blas/triangle.h"
#include "shims/cublas/complex_bytes.h"
#include "shims/cublas/routine.h"

using namespace vgpu::cublas;
namespace blas = vgpu::blas;

namespace {

template <class T, class Beta>
cublasStatus_t update_with_factors(const Caller& caller, const T* alpha, const Beta* beta,
                                   const blas::TriangleUpdate<T>& update) {
  if (alpha == nullptr || beta == nullptr) return kInvalidValue;
  const std::int64_t rows = update.operation == blas::Operation::None ? update.n : update.k;
  if (is_short(update.lda, rows) || is_short(update.ldb, rows) || is_short(update.ldc, update.n)) return kInvalidValue;
  const auto status = check_sizes({update.n, update.k, update.lda, update.ldb, update.ldc});
  if (status != kSuccess || update.n == 0) return status;
  return queue(caller, [update, alpha = scalar(caller, alpha), beta = scalar(caller, beta)] {
    blas::update_triangle(update, to_scalar<T>(alpha), T(to_scalar<Beta>(beta)));
  });
}

template <class T>
cublasStatus_t syrkx(const Caller& caller, cublasFillMode_t fill, cublasOperation_t operation, std::int64_t n,
                     std::int64_t k, const T* alpha, const T* a, std::int64_t lda, const T* b, std::int64_t ldb,
                     const T* beta, T* c, std::int64_t ldc) {
  if (!is_switch(fill) || !is_update_operation<T>(operation, false)) return kInvalidValue;
  return update_with_factors(
      caller, alpha, beta,
      blas::TriangleUpdate<T>{fill == 1, false, *to_operation(operation), n, k, a, lda, b, ldb, c, ldc});
}

template <class T>
cublasStatus_t herkx(const Caller& caller, cublasFillMode_t fill, cublasOperation_t operation, std::int64_t n,
                     std::int64_t k, const T* alpha, const T* a, std::int64_t lda, const T* b, std::int64_t ldb,
                     const RealOf<T>* beta, T* c, std::int64_t ldc) {
  if (!is_switch(fill) || !is_update_operation<T>(operation, true)) return kInvalidValue;
  return update_with_factors(
      caller, alpha, beta,
      blas::TriangleUpdate<T>{fill == 1, true, *to_operation(operation), n, k, a, lda, b, ldb, c, ldc});
}

using Complex = std::complex<float>;

// C = alpha op(A) op(A)^T + beta C in C32, for an A of C32 or of pairs of bytes; `scale` is alpha's and beta's type.
template <class Scale>
cublasStatus_t update_of_types(const Caller& caller, cublasFillMode_t fill, cublasOperation_t operation, std::int64_t n,
                               std::int64_t k, const Scale* alpha, const void* a, cudaDataType_t type_a,
                               std::int64_t lda, const Scale* beta, void* c, cudaDataType_t type_c, std::int64_t ldc) {
  constexpr bool kHermitian = kIsReal<Scale>;
  if (!is_switch(fill) || !is_update_operation<Complex>(operation, kHermitian)) return kInvalidValue;
  if ((type_a != kC32F && type_a != kC8I) || type_c != kC32F) return kNotSupported;
  auto* const result = static_cast<Complex*>(c);
  const blas::TriangleUpdate<Complex> update{fill == 1,
                                             kHermitian,
                                             *to_operation(operation),
                                             n,
                                             k,
                                             static_cast<const Complex*>(a),
                                             lda,
                                             static_cast<const Complex*>(a),
                                             lda,
                                             result,
                                             ldc};
  const std::int64_t rows = operation == 0 ? n : k;
  if (alpha == nullptr || beta == nullptr || is_short(lda, rows) || is_short(ldc, n)) return kInvalidValue;
  const auto status = check_sizes({n, k, lda, ldc});
  if (status != kSuccess || n == 0) return status;
  return queue(caller, [=, alpha = scalar(caller, alpha), beta = scalar(caller, beta)] {
    const Complex scale(to_scalar<Scale>(alpha));
    const Complex keep(to_scalar<Scale>(beta));
    if (type_a == kC32F || scale == Complex{} || k == 0) return blas::update_triangle(update, scale, keep);
    const auto numbers = widen_complex_bytes(a, rows, operation == 0 ? k : n, lda);
    blas::TriangleUpdate<Complex> widened = update;
    widened.a = widened.b = numbers.data();
    widened.lda = widened.ldb = rows;
    blas::update_triangle(widened, scale, keep);
  });
}
constexpr auto& syrk_ex = update_of_types<Complex>;
constexpr auto& herk_ex = update_of_types<float>;

// The place in a packed triangle of element (row, column).
std::int64_t packed_place(bool upper, std::int64_t n, std::int64_t row, std::int64_t column) {
  return upper ? row + column * (column + 1) / 2 : row + (2 * n - column - 1) * column / 2;
}

template <class Copy>
cublasStatus_t convert_triangle(const Caller& caller, cublasFillMode_t fill, std::int64_t n, std::int64_t lda,
                                Copy copy) {
  if (!is_switch(fill) || n < 0 || is_short(lda, n)) return kInvalidValue;
  if (n == 0) return kSuccess;
  return queue(caller, [=, upper = fill == 1] {
    for (std::int64_t column = 0; column < n; ++column) {
      for (std::int64_t row = upper ? 0 : column; row < (upper ? column + 1 : n); ++row) {
        copy(row + column * lda, packed_place(upper, n, row, column));
      }
    }
  });
}

template <class T>
cublasStatus_t tpttr(const Caller& caller, cublasFillMode_t fill, std::int64_t n, const T* packed, T* a,
                     std::int64_t lda) {
  return convert_triangle(caller, fill, n, lda,
                          [=](std::int64_t full, std::int64_t place) { a[full] = packed[place]; });
}

template <class T>
cublasStatus_t trttp(const Caller& caller, cublasFillMode_t fill, std::int64_t n, const T* a, std::int64_t lda,
                     T* packed) {
  return convert_triangle(caller, fill, n, lda,
                          [=](std::int64_t full, std::int64_t place) { packed[place] = a[full]; });
}

}  // namespace

#define VGPU_ROUTINES "shims/cublas/triangles.def"
#include "shims/cublas/export_routines.inc"
