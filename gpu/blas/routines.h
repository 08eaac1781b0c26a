#pragma once

#include <complex>
#include <cstdint>

#include "gpu/blas/openblas.h"

// BLAS level 1 and 2 and the symmetric products of level 3, one name for all element types, on the calling thread.
// Parameters are those of the BLAS routine; sizes and increments must fit an int.
namespace vgpu::blas {

#define VGPU_COMMON(letter, type, scalar)                                                                              \
  inline void axpy(std::int64_t n, type alpha, const type* x, std::int64_t incx, type* y, std::int64_t incy) {         \
    cblas_##letter##axpy(n, scalar(alpha), x, incx, y, incy);                                                          \
  }                                                                                                                    \
  inline void scal(std::int64_t n, type alpha, type* x, std::int64_t incx) {                                           \
    cblas_##letter##scal(n, scalar(alpha), x, incx);                                                                   \
  }                                                                                                                    \
  inline void copy(std::int64_t n, const type* x, std::int64_t incx, type* y, std::int64_t incy) {                     \
    cblas_##letter##copy(n, x, incx, y, incy);                                                                         \
  }                                                                                                                    \
  inline void swap(std::int64_t n, type* x, std::int64_t incx, type* y, std::int64_t incy) {                           \
    cblas_##letter##swap(n, x, incx, y, incy);                                                                         \
  }                                                                                                                    \
  /* Counted from 1; 0 for none. */                                                                                    \
  inline std::int64_t iamax(std::int64_t n, const type* x, std::int64_t incx) {                                        \
    return n < 1 || incx < 1 ? 0 : static_cast<std::int64_t>(cblas_i##letter##amax(n, x, incx)) + 1;                   \
  }                                                                                                                    \
  inline std::int64_t iamin(std::int64_t n, const type* x, std::int64_t incx) {                                        \
    return n < 1 || incx < 1 ? 0 : static_cast<std::int64_t>(cblas_i##letter##amin(n, x, incx)) + 1;                   \
  }                                                                                                                    \
  inline void gemv(Operation operation, std::int64_t m, std::int64_t n, type alpha, const type* a, std::int64_t lda,   \
                   const type* x, std::int64_t incx, type beta, type* y, std::int64_t incy) {                          \
    cblas_##letter##gemv(CblasColMajor, to_cblas(operation), m, n, scalar(alpha), a, lda, x, incx, scalar(beta), y,    \
                         incy);                                                                                        \
  }                                                                                                                    \
  inline void symm(bool left, bool upper, std::int64_t m, std::int64_t n, type alpha, const type* a, std::int64_t lda, \
                   const type* b, std::int64_t ldb, type beta, type* c, std::int64_t ldc) {                            \
    cblas_##letter##symm(CblasColMajor, left ? CblasLeft : CblasRight, upper ? CblasUpper : CblasLower, m, n,          \
                         scalar(alpha), a, lda, b, ldb, scalar(beta), c, ldc);                                         \
  }                                                                                                                    \
  inline void syrk(bool upper, Operation operation, std::int64_t n, std::int64_t k, type alpha, const type* a,         \
                   std::int64_t lda, type beta, type* c, std::int64_t ldc) {                                           \
    cblas_##letter##syrk(CblasColMajor, upper ? CblasUpper : CblasLower, to_cblas(operation), n, k, scalar(alpha), a,  \
                         lda, scalar(beta), c, ldc);                                                                   \
  }
#define VGPU_REAL(letter, type)                                                                                \
  VGPU_COMMON(letter, type, )                                                                                  \
  inline type dot(std::int64_t n, const type* x, std::int64_t incx, const type* y, std::int64_t incy) {        \
    return cblas_##letter##dot(n, x, incx, y, incy);                                                           \
  }                                                                                                            \
  inline type nrm2(std::int64_t n, const type* x, std::int64_t incx) {                                         \
    return cblas_##letter##nrm2(n, x, incx);                                                                   \
  }                                                                                                            \
  inline type asum(std::int64_t n, const type* x, std::int64_t incx) {                                         \
    return cblas_##letter##asum(n, x, incx);                                                                   \
  }                                                                                                            \
  inline void ger(std::int64_t m, std::int64_t n, type alpha, const type* x, std::int64_t incx, const type* y, \
                  std::int64_t incy, type* a, std::int64_t lda) {                                              \
    cblas_##letter##ger(CblasColMajor, m, n, alpha, x, incx, y, incy, a, lda);                                 \
  }
#define VGPU_COMPLEX(letter, type, real, norm, sum)                                                                \
  VGPU_COMMON(letter, type, &)                                                                                     \
  inline type dot(std::int64_t n, const type* x, std::int64_t incx, const type* y, std::int64_t incy) {            \
    type result{};                                                                                                 \
    cblas_##letter##dotu_sub(n, x, incx, y, incy, &result);                                                        \
    return result;                                                                                                 \
  }                                                                                                                \
  inline type dot_conjugated(std::int64_t n, const type* x, std::int64_t incx, const type* y, std::int64_t incy) { \
    type result{};                                                                                                 \
    cblas_##letter##dotc_sub(n, x, incx, y, incy, &result);                                                        \
    return result;                                                                                                 \
  }                                                                                                                \
  inline real nrm2(std::int64_t n, const type* x, std::int64_t incx) {                                             \
    return cblas_##norm(n, x, incx);                                                                               \
  }                                                                                                                \
  inline real asum(std::int64_t n, const type* x, std::int64_t incx) {                                             \
    return cblas_##sum(n, x, incx);                                                                                \
  }                                                                                                                \
  inline void ger(std::int64_t m, std::int64_t n, type alpha, const type* x, std::int64_t incx, const type* y,     \
                  std::int64_t incy, type* a, std::int64_t lda) {                                                  \
    cblas_##letter##geru(CblasColMajor, m, n, &alpha, x, incx, y, incy, a, lda);                                   \
  }                                                                                                                \
  inline void ger_conjugated(std::int64_t m, std::int64_t n, type alpha, const type* x, std::int64_t incx,         \
                             const type* y, std::int64_t incy, type* a, std::int64_t lda) {                        \
    cblas_##letter##gerc(CblasColMajor, m, n, &alpha, x, incx, y, incy, a, lda);                                   \
  }
VGPU_REAL(s, float)
VGPU_REAL(d, double)
VGPU_COMPLEX(c, std::complex<float>, float, scnrm2, scasum)
VGPU_COMPLEX(z, std::complex<double>, double, dznrm2, dzasum)
#undef VGPU_COMMON
#undef VGPU_REAL
#undef VGPU_COMPLEX

}  // namespace vgpu::blas
