// BLAS level 3 beside gemm, trsm, symm and syrk, and the products with a diagonal matrix.
#include <cstring>

#include "shims/cublas/routine.h"

using namespace vgpu::cublas;

namespace {

template <class T>
cublasStatus_t hemm(const Caller& caller, cublasSideMode_t side, cublasFillMode_t fill, std::int64_t m, std::int64_t n,
                    const T* alpha, const T* a, std::int64_t lda, const T* b, std::int64_t ldb, const T* beta, T* c,
                    std::int64_t ldc) {
  if (!is_switch(side) || !is_switch(fill) || alpha == nullptr || beta == nullptr) return kInvalidValue;
  if (is_short(lda, side == 0 ? m : n) || is_short(ldb, m) || is_short(ldc, m)) return kInvalidValue;
  const auto status = check_sizes({m, n, lda, ldb, ldc});
  if (status != kSuccess || m == 0 || n == 0) return status;
  return queue(caller, [=, alpha = scalar(caller, alpha), beta = scalar(caller, beta)] {
    const T scale = to_scalar<T>(alpha);
    const T keep = to_scalar<T>(beta);
    VGPU_OPENBLAS_COMPLEX(hemm)(CblasColMajor, to_cblas_side(side), to_cblas_fill(fill), m, n, &scale, a, lda, b, ldb,
                                &keep, c, ldc);
  });
}

template <class T>
cublasStatus_t herk(const Caller& caller, cublasFillMode_t fill, cublasOperation_t operation, std::int64_t n,
                    std::int64_t k, const RealOf<T>* alpha, const T* a, std::int64_t lda, const RealOf<T>* beta, T* c,
                    std::int64_t ldc) {
  if (!is_switch(fill) || !is_update_operation<T>(operation, true) || alpha == nullptr || beta == nullptr) {
    return kInvalidValue;
  }
  if (is_short(lda, operation == 0 ? n : k) || is_short(ldc, n)) return kInvalidValue;
  const auto status = check_sizes({n, k, lda, ldc});
  if (status != kSuccess || n == 0) return status;
  return queue(caller, [=, alpha = scalar(caller, alpha), beta = scalar(caller, beta)] {
    VGPU_OPENBLAS_COMPLEX(herk)(CblasColMajor, to_cblas_fill(fill), to_cblas_operation(operation), n, k,
                                to_scalar<RealOf<T>>(alpha), a, lda, to_scalar<RealOf<T>>(beta), c, ldc);
  });
}

template <class T, class Beta, class Update>
cublasStatus_t update_with_two(const Caller& caller, cublasFillMode_t fill, cublasOperation_t operation, std::int64_t n,
                               std::int64_t k, const T* alpha, std::int64_t lda, std::int64_t ldb, const Beta* beta,
                               std::int64_t ldc, Update run) {
  if (!is_switch(fill) || alpha == nullptr || beta == nullptr) return kInvalidValue;
  const std::int64_t rows = operation == 0 ? n : k;
  if (is_short(lda, rows) || is_short(ldb, rows) || is_short(ldc, n)) return kInvalidValue;
  const auto status = check_sizes({n, k, lda, ldb, ldc});
  if (status != kSuccess || n == 0) return status;
  return queue(caller, [alpha = scalar(caller, alpha), beta = scalar(caller, beta), run] {
    run(to_scalar<T>(alpha), to_scalar<Beta>(beta));
  });
}

template <class T>
cublasStatus_t syr2k(const Caller& caller, cublasFillMode_t fill, cublasOperation_t operation, std::int64_t n,
                     std::int64_t k, const T* alpha, const T* a, std::int64_t lda, const T* b, std::int64_t ldb,
                     const T* beta, T* c, std::int64_t ldc) {
  if (!is_update_operation<T>(operation, false)) return kInvalidValue;
  return update_with_two(caller, fill, operation, n, k, alpha, lda, ldb, beta, ldc, [=](T scale, T keep) {
    VGPU_OPENBLAS(syr2k)(CblasColMajor, to_cblas_fill(fill), to_cblas_operation(operation), n, k, pass(scale), a, lda,
                         b, ldb, pass(keep), c, ldc);
  });
}

template <class T>
cublasStatus_t her2k(const Caller& caller, cublasFillMode_t fill, cublasOperation_t operation, std::int64_t n,
                     std::int64_t k, const T* alpha, const T* a, std::int64_t lda, const T* b, std::int64_t ldb,
                     const RealOf<T>* beta, T* c, std::int64_t ldc) {
  if (!is_update_operation<T>(operation, true)) return kInvalidValue;
  return update_with_two(caller, fill, operation, n, k, alpha, lda, ldb, beta, ldc, [=](T scale, RealOf<T> keep) {
    VGPU_OPENBLAS_COMPLEX(her2k)(CblasColMajor, to_cblas_fill(fill), to_cblas_operation(operation), n, k, &scale, a,
                                 lda, b, ldb, keep, c, ldc);
  });
}

// cuBLAS's product goes to C, which may be B; OpenBLAS's overwrites B.
template <class T>
cublasStatus_t trmm(const Caller& caller, cublasSideMode_t side, cublasFillMode_t fill, cublasOperation_t operation,
                    cublasDiagType_t diagonal, std::int64_t m, std::int64_t n, const T* alpha, const T* a,
                    std::int64_t lda, const T* b, std::int64_t ldb, T* c, std::int64_t ldc) {
  if (!is_switch(side) || !is_switch(fill) || !is_operation(operation) || !is_switch(diagonal)) return kInvalidValue;
  if (alpha == nullptr || is_short(lda, side == 0 ? m : n) || is_short(ldb, m) || is_short(ldc, m)) {
    return kInvalidValue;
  }
  const auto status = check_sizes({m, n, lda, ldb, ldc});
  if (status != kSuccess || m == 0 || n == 0) return status;
  return queue(caller, [=, alpha = scalar(caller, alpha)] {
    const T scale = to_scalar<T>(alpha);
    for (std::int64_t column = 0; column < n && (b != c || scale == T{}); ++column) {
      if (scale == T{}) {
        std::fill_n(c + column * ldc, m, T{});
      } else {
        std::memcpy(c + column * ldc, b + column * ldb, sizeof(T) * static_cast<std::size_t>(m));
      }
    }
    if (scale == T{}) return;
    VGPU_OPENBLAS(trmm)(CblasColMajor, to_cblas_side(side), to_cblas_fill(fill), to_cblas_operation(operation),
                        to_cblas_diagonal(diagonal), m, n, pass(scale), a, lda, c, ldc);
  });
}

// C = diag(x) A on the left, A diag(x) on the right; a negative increment begins at the vector's other end.
template <class T>
cublasStatus_t dgmm(const Caller& caller, cublasSideMode_t side, std::int64_t m, std::int64_t n, const T* a,
                    std::int64_t lda, const T* x, std::int64_t incx, T* c, std::int64_t ldc) {
  if (!is_switch(side) || is_short(lda, m) || is_short(ldc, m)) return kInvalidValue;
  if (m < 0 || n < 0) return kInvalidValue;
  if (m == 0 || n == 0) return kSuccess;
  return queue(caller, [=] {
    const std::int64_t last = (side == 0 ? m : n) - 1;
    for (std::int64_t column = 0; column < n; ++column) {
      for (std::int64_t row = 0; row < m; ++row) {
        const std::int64_t index = side == 0 ? row : column;
        c[row + column * ldc] = a[row + column * lda] * x[(incx >= 0 ? index : index - last) * incx];
      }
    }
  });
}

}  // namespace

#define VGPU_ROUTINES "shims/cublas/level3.def"
#include "shims/cublas/export_routines.inc"
