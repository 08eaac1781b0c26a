#pragma once

#include <cblas.h>

#include <complex>
#include <cstdint>

#include "gpu/blas/types.h"

// OpenBLAS on the calling thread alone, one name for all element types. Column-major.
namespace vgpu::blas {

// To be called before any cblas_ function: makes OpenBLAS compute on its caller's thread only.
void prepare_openblas();

constexpr CBLAS_TRANSPOSE to_cblas(Operation operation) {
  switch (operation) {
    case Operation::None:
      return CblasNoTrans;
    case Operation::Transpose:
      return CblasTrans;
    case Operation::ConjugateTranspose:
      return CblasConjTrans;
  }
  return CblasNoTrans;
}

// One tile: C = alpha op(A) op(B) + beta C. C is not read where beta is 0.
template <class T>
struct Tile {
  Operation operation_a, operation_b;
  std::int64_t m, n, k;
  T alpha;
  const T* a;
  std::int64_t lda;
  const T* b;
  std::int64_t ldb;
  T beta;
  T* c;
  std::int64_t ldc;
};
void multiply(const Tile<float>& tile);
void multiply(const Tile<double>& tile);
void multiply(const Tile<std::complex<float>>& tile);
void multiply(const Tile<std::complex<double>>& tile);

}  // namespace vgpu::blas
