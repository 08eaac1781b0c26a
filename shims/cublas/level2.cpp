// BLAS level 2 beside gemv and ger.
#include "shims/cublas/routine.h"

using namespace vgpu::cublas;

namespace {

// Element `index` of a vector of n; a negative increment begins at its other end.
template <class T>
T& element(T* vector, std::int64_t n, std::int64_t increment, std::int64_t index) {
  return vector[(increment > 0 ? index : index - n + 1) * increment];
}

// y = alpha A x + beta y, for one of OpenBLAS's functions with these parameters.
template <class T, class Multiply>
cublasStatus_t add_product(const Caller& caller, std::int64_t rows, std::int64_t columns, const T* alpha,
                           std::int64_t incx, const T* beta, std::int64_t incy, Multiply multiply) {
  if (alpha == nullptr || beta == nullptr || incx == 0 || incy == 0) return kInvalidValue;
  if (rows == 0 || columns == 0) return kSuccess;
  return queue(caller, [alpha = scalar(caller, alpha), beta = scalar(caller, beta), multiply] {
    multiply(to_scalar<T>(alpha), to_scalar<T>(beta));
  });
}

template <class T>
cublasStatus_t gbmv(const Caller& caller, cublasOperation_t operation, std::int64_t m, std::int64_t n,
                    std::int64_t below, std::int64_t above, const T* alpha, const T* a, std::int64_t lda, const T* x,
                    std::int64_t incx, const T* beta, T* y, std::int64_t incy) {
  if (!is_operation(operation) || is_short(lda, below + above + 1)) return kInvalidValue;
  if (const auto status = check_sizes({m, n, below, above}, {lda, incx, incy}); status != kSuccess) return status;
  return add_product(caller, m, n, alpha, incx, beta, incy, [=](T scale, T keep) {
    VGPU_OPENBLAS(gbmv)(CblasColMajor, to_cblas_operation(operation), m, n, below, above, pass(scale), a, lda, x, incx,
                        pass(keep), y, incy);
  });
}

// OpenBLAS has no complex symv behind its C interface.
template <class T>
void multiply_symmetric(bool upper, std::int64_t n, T alpha, const T* a, std::int64_t lda, const T* x,
                        std::int64_t incx, T beta, T* y, std::int64_t incy) {
  for (std::int64_t row = 0; row < n; ++row) {
    T sum{};
    for (std::int64_t column = 0; alpha != T{} && column < n; ++column) {
      const bool stored = upper ? row <= column : row >= column;
      sum += (stored ? a[row + column * lda] : a[column + row * lda]) * element(x, n, incx, column);
    }
    T& to = element(y, n, incy, row);
    to = alpha * sum + (beta == T{} ? T{} : beta * to);
  }
}

template <class T>
cublasStatus_t symv(const Caller& caller, cublasFillMode_t fill, std::int64_t n, const T* alpha, const T* a,
                    std::int64_t lda, const T* x, std::int64_t incx, const T* beta, T* y, std::int64_t incy) {
  if (!is_switch(fill) || is_short(lda, n)) return kInvalidValue;
  if (const auto status = check_sizes({n}, {lda, incx, incy}); status != kSuccess) return status;
  return add_product(caller, n, n, alpha, incx, beta, incy, [=](T scale, T keep) {
    if constexpr (kIsReal<T>) {
      VGPU_OPENBLAS_REAL(symv)(CblasColMajor, to_cblas_fill(fill), n, scale, a, lda, x, incx, keep, y, incy);
    } else {
      multiply_symmetric(fill == 1, n, scale, a, lda, x, incx, keep, y, incy);
    }
  });
}

#define VGPU_FULL_PRODUCT(routine, choice)                                                                          \
  template <class T>                                                                                                \
  cublasStatus_t routine(const Caller& caller, cublasFillMode_t fill, std::int64_t n, const T* alpha, const T* a,   \
                         std::int64_t lda, const T* x, std::int64_t incx, const T* beta, T* y, std::int64_t incy) { \
    if (!is_switch(fill) || is_short(lda, n)) return kInvalidValue;                                                 \
    if (const auto status = check_sizes({n}, {lda, incx, incy}); status != kSuccess) return status;                 \
    return add_product(caller, n, n, alpha, incx, beta, incy, [=](T scale, T keep) {                                \
      choice(routine)(CblasColMajor, to_cblas_fill(fill), n, pass(scale), a, lda, x, incx, pass(keep), y, incy);    \
    });                                                                                                             \
  }
#define VGPU_BAND_PRODUCT(routine, choice)                                                                            \
  template <class T>                                                                                                  \
  cublasStatus_t routine(const Caller& caller, cublasFillMode_t fill, std::int64_t n, std::int64_t k, const T* alpha, \
                         const T* a, std::int64_t lda, const T* x, std::int64_t incx, const T* beta, T* y,            \
                         std::int64_t incy) {                                                                         \
    if (!is_switch(fill) || is_short(lda, k + 1)) return kInvalidValue;                                               \
    if (const auto status = check_sizes({n, k}, {lda, incx, incy}); status != kSuccess) return status;                \
    return add_product(caller, n, n, alpha, incx, beta, incy, [=](T scale, T keep) {                                  \
      choice(routine)(CblasColMajor, to_cblas_fill(fill), n, k, pass(scale), a, lda, x, incx, pass(keep), y, incy);   \
    });                                                                                                               \
  }
#define VGPU_PACKED_PRODUCT(routine, choice)                                                                           \
  template <class T>                                                                                                   \
  cublasStatus_t routine(const Caller& caller, cublasFillMode_t fill, std::int64_t n, const T* alpha, const T* packed, \
                         const T* x, std::int64_t incx, const T* beta, T* y, std::int64_t incy) {                      \
    if (!is_switch(fill)) return kInvalidValue;                                                                        \
    if (const auto status = check_sizes({n}, {incx, incy}); status != kSuccess) return status;                         \
    return add_product(caller, n, n, alpha, incx, beta, incy, [=](T scale, T keep) {                                   \
      choice(routine)(CblasColMajor, to_cblas_fill(fill), n, pass(scale), packed, x, incx, pass(keep), y, incy);       \
    });                                                                                                                \
  }
VGPU_FULL_PRODUCT(hemv, VGPU_OPENBLAS_COMPLEX)
VGPU_BAND_PRODUCT(sbmv, VGPU_OPENBLAS_REAL)
VGPU_BAND_PRODUCT(hbmv, VGPU_OPENBLAS_COMPLEX)
VGPU_PACKED_PRODUCT(spmv, VGPU_OPENBLAS_REAL)
VGPU_PACKED_PRODUCT(hpmv, VGPU_OPENBLAS_COMPLEX)
#undef VGPU_FULL_PRODUCT
#undef VGPU_BAND_PRODUCT
#undef VGPU_PACKED_PRODUCT

// A += alpha x y^T (+ alpha y x^T) in one triangle: complex symmetric updates, which OpenBLAS does not have in C.
template <class T, class Term>
void update_triangle(bool upper, std::int64_t n, T* a, std::int64_t lda, Term term) {
  for (std::int64_t column = 0; column < n; ++column) {
    const std::int64_t end = upper ? column + 1 : n;
    for (std::int64_t row = upper ? 0 : column; row < end; ++row) a[row + column * lda] += term(row, column);
  }
}

template <class T, class Alpha, class Update>
cublasStatus_t update(const Caller& caller, cublasFillMode_t fill, std::int64_t n, const Alpha* alpha,
                      std::initializer_list<std::int64_t> increments, std::int64_t lda, Update run) {
  if (!is_switch(fill) || alpha == nullptr || is_short(lda, n)) return kInvalidValue;
  if (std::ranges::find(increments, 0) != increments.end()) return kInvalidValue;
  if (const auto status = check_sizes({n, lda}, increments); status != kSuccess) return status;
  if (n == 0) return kSuccess;
  return queue(caller, [alpha = scalar(caller, alpha), run] {
    const auto scale = to_scalar<Alpha>(alpha);
    if (scale != Alpha{}) run(scale);
  });
}

template <class T>
cublasStatus_t syr(const Caller& caller, cublasFillMode_t fill, std::int64_t n, const T* alpha, const T* x,
                   std::int64_t incx, T* a, std::int64_t lda) {
  return update<T>(caller, fill, n, alpha, {incx}, lda, [=](T scale) {
    if constexpr (kIsReal<T>) {
      VGPU_OPENBLAS_REAL(syr)(CblasColMajor, to_cblas_fill(fill), n, scale, x, incx, a, lda);
    } else {
      update_triangle(fill == 1, n, a, lda, [&](std::int64_t row, std::int64_t column) {
        return scale * element(x, n, incx, row) * element(x, n, incx, column);
      });
    }
  });
}
template <class T>
cublasStatus_t syr2(const Caller& caller, cublasFillMode_t fill, std::int64_t n, const T* alpha, const T* x,
                    std::int64_t incx, const T* y, std::int64_t incy, T* a, std::int64_t lda) {
  return update<T>(caller, fill, n, alpha, {incx, incy}, lda, [=](T scale) {
    if constexpr (kIsReal<T>) {
      VGPU_OPENBLAS_REAL(syr2)(CblasColMajor, to_cblas_fill(fill), n, scale, x, incx, y, incy, a, lda);
    } else {
      update_triangle(fill == 1, n, a, lda, [&](std::int64_t row, std::int64_t column) {
        return scale * (element(x, n, incx, row) * element(y, n, incy, column) +
                        element(y, n, incy, row) * element(x, n, incx, column));
      });
    }
  });
}
template <class T>
cublasStatus_t her(const Caller& caller, cublasFillMode_t fill, std::int64_t n, const RealOf<T>* alpha, const T* x,
                   std::int64_t incx, T* a, std::int64_t lda) {
  return update<T>(caller, fill, n, alpha, {incx}, lda, [=](RealOf<T> scale) {
    VGPU_OPENBLAS_COMPLEX(her)(CblasColMajor, to_cblas_fill(fill), n, scale, x, incx, a, lda);
  });
}
template <class T>
cublasStatus_t her2(const Caller& caller, cublasFillMode_t fill, std::int64_t n, const T* alpha, const T* x,
                    std::int64_t incx, const T* y, std::int64_t incy, T* a, std::int64_t lda) {
  return update<T>(caller, fill, n, alpha, {incx, incy}, lda, [=](T scale) {
    VGPU_OPENBLAS_COMPLEX(her2)(CblasColMajor, to_cblas_fill(fill), n, &scale, x, incx, y, incy, a, lda);
  });
}
#define VGPU_PACKED_UPDATE(routine, choice, Alpha)                                                                    \
  template <class T>                                                                                                  \
  cublasStatus_t routine(const Caller& caller, cublasFillMode_t fill, std::int64_t n, const Alpha* alpha, const T* x, \
                         std::int64_t incx, T* packed) {                                                              \
    return update<T>(caller, fill, n, alpha, {incx}, std::max<std::int64_t>(n, 1), [=](Alpha scale) {                 \
      choice(routine)(CblasColMajor, to_cblas_fill(fill), n, scale, x, incx, packed);                                 \
    });                                                                                                               \
  }                                                                                                                   \
  template <class T>                                                                                                  \
  cublasStatus_t routine##2(const Caller& caller, cublasFillMode_t fill, std::int64_t n, const T* alpha, const T* x,  \
                            std::int64_t incx, const T* y, std::int64_t incy, T* packed) {                            \
    return update<T>(caller, fill, n, alpha, {incx, incy}, std::max<std::int64_t>(n, 1), [=](T scale) {               \
      choice(routine##2)(CblasColMajor, to_cblas_fill(fill), n, pass(scale), x, incx, y, incy, packed);               \
    });                                                                                                               \
  }
VGPU_PACKED_UPDATE(spr, VGPU_OPENBLAS_REAL, T)
VGPU_PACKED_UPDATE(hpr, VGPU_OPENBLAS_COMPLEX, RealOf<T>)
#undef VGPU_PACKED_UPDATE

cublasStatus_t check_triangle(cublasFillMode_t fill, cublasOperation_t operation, cublasDiagType_t diagonal,
                              std::int64_t n, std::int64_t k, std::int64_t lda, std::int64_t rows, std::int64_t incx) {
  if (!is_switch(fill) || !is_operation(operation) || !is_switch(diagonal) || incx == 0) return kInvalidValue;
  return is_short(lda, rows) ? kInvalidValue : check_sizes({n, k}, {lda, incx});
}

#define VGPU_TRIANGULAR(routine)                                                                        \
  template <class T>                                                                                    \
  cublasStatus_t routine(const Caller& caller, cublasFillMode_t fill, cublasOperation_t operation,      \
                         cublasDiagType_t diagonal, std::int64_t n, const T* a, std::int64_t lda, T* x, \
                         std::int64_t incx) {                                                           \
    const auto status = check_triangle(fill, operation, diagonal, n, 0, lda, n, incx);                  \
    if (status != kSuccess || n == 0) return status;                                                    \
    return queue(caller, [=] {                                                                          \
      VGPU_OPENBLAS(routine)(CblasColMajor, to_cblas_fill(fill), to_cblas_operation(operation),         \
                             to_cblas_diagonal(diagonal), n, a, lda, x, incx);                          \
    });                                                                                                 \
  }
#define VGPU_BAND_TRIANGULAR(routine)                                                                             \
  template <class T>                                                                                              \
  cublasStatus_t routine(const Caller& caller, cublasFillMode_t fill, cublasOperation_t operation,                \
                         cublasDiagType_t diagonal, std::int64_t n, std::int64_t k, const T* a, std::int64_t lda, \
                         T* x, std::int64_t incx) {                                                               \
    const auto status = check_triangle(fill, operation, diagonal, n, k, lda, k + 1, incx);                        \
    if (status != kSuccess || n == 0) return status;                                                              \
    return queue(caller, [=] {                                                                                    \
      VGPU_OPENBLAS(routine)(CblasColMajor, to_cblas_fill(fill), to_cblas_operation(operation),                   \
                             to_cblas_diagonal(diagonal), n, k, a, lda, x, incx);                                 \
    });                                                                                                           \
  }
#define VGPU_PACKED_TRIANGULAR(routine)                                                                         \
  template <class T>                                                                                            \
  cublasStatus_t routine(const Caller& caller, cublasFillMode_t fill, cublasOperation_t operation,              \
                         cublasDiagType_t diagonal, std::int64_t n, const T* packed, T* x, std::int64_t incx) { \
    const auto status = check_triangle(fill, operation, diagonal, n, 0, 1, 1, incx);                            \
    if (status != kSuccess || n == 0) return status;                                                            \
    return queue(caller, [=] {                                                                                  \
      VGPU_OPENBLAS(routine)(CblasColMajor, to_cblas_fill(fill), to_cblas_operation(operation),                 \
                             to_cblas_diagonal(diagonal), n, packed, x, incx);                                  \
    });                                                                                                         \
  }
VGPU_TRIANGULAR(trmv)
VGPU_TRIANGULAR(trsv)
VGPU_BAND_TRIANGULAR(tbmv)
VGPU_BAND_TRIANGULAR(tbsv)
VGPU_PACKED_TRIANGULAR(tpmv)
VGPU_PACKED_TRIANGULAR(tpsv)
#undef VGPU_TRIANGULAR
#undef VGPU_BAND_TRIANGULAR
#undef VGPU_PACKED_TRIANGULAR

}  // namespace

#define VGPU_ROUTINES "shims/cublas/level2.def"
#include "shims/cublas/export_routines.inc"
