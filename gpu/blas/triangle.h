#pragma once

#include <cstdint>

#include "gpu/blas/types.h"

namespace vgpu::blas {

// C = alpha op(A) op(B)^T + beta C, with the conjugate transpose of op(B) where `hermitian`; n x n, of which only one
// triangle is read and written. op(A) and op(B) are n x k. A Hermitian C has a real diagonal: what A and B put beside
// it is dropped.
template <class T>
struct TriangleUpdate {
  bool upper, hermitian;
  Operation operation;
  std::int64_t n, k;
  const T* a;
  std::int64_t lda;
  const T* b;
  std::int64_t ldb;
  T* c;
  std::int64_t ldc;
};

// Defined for float, double and the complex ones.
template <class T>
void update_triangle(const TriangleUpdate<T>& update, T alpha, T beta);

}  // namespace vgpu::blas
