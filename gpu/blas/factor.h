#pragma once

#include <cstdint>

// Factorisations of one small matrix, column-major, on the calling thread: plain loops, no blocking. Defined for float,
// double and the complex ones.
namespace vgpu::blas {

// A = P L U in place, n x n; L's diagonal is 1 and is not stored. pivots[i], counted from 1, is the row that was
// exchanged with row i + 1; without pivots no rows are exchanged. Returns 0, or k where U(k, k), counted from 1, is the
// first exact 0 on U's diagonal.
template <class T>
int factor_lu(std::int64_t n, T* a, std::int64_t lda, int* pivots);

// Exchanges the rows of B, n x columns, as factor_lu did (forward) or back.
template <class T>
void exchange_rows(std::int64_t n, std::int64_t columns, T* b, std::int64_t ldb, const int* pivots, bool forward);

// Where the first exact 0 on A's diagonal is, counted from 1; 0 for nowhere.
template <class T>
int zero_on_diagonal(std::int64_t n, const T* a, std::int64_t lda);

// A = Q R in place, m x n: R above, and below the diagonal the reflections that make up Q, as LAPACK's geqrf has them;
// tau has min(m, n) elements.
template <class T>
void factor_qr(std::int64_t m, std::int64_t n, T* a, std::int64_t lda, T* tau);

// B = Q^H B, m x columns, for the Q of factor_qr on `n` columns.
template <class T>
void apply_qr(std::int64_t m, std::int64_t n, const T* a, std::int64_t lda, const T* tau, std::int64_t columns, T* b,
              std::int64_t ldb);

}  // namespace vgpu::blas
