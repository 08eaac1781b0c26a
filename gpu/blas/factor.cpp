#include "gpu/blas/factor.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <utility>

#include "gpu/blas/rotation.h"

namespace vgpu::blas {
namespace {

template <class T>
auto magnitude(T value) {
  return std::abs(std::real(value)) + std::abs(std::imag(value));
}

// The reflection I - tau v v^H, v = (1, x'), that takes (alpha, x) to (beta, 0) with a real beta, after its conjugate
// transpose is applied. alpha becomes beta and x becomes x'.
template <class T>
T make_reflection(std::int64_t n, T& alpha, T* x) {
  using Real = decltype(std::real(alpha));
  Real largest = 0;
  for (std::int64_t index = 0; index < n; ++index) largest = std::max(largest, magnitude(x[index]));
  if (largest == 0 && std::imag(alpha) == 0) return {};
  const Real scale = std::max(largest, magnitude(alpha));
  Real squares = 0;
  for (std::int64_t index = 0; index < n; ++index) squares += std::norm(x[index] / scale);
  const Real norm = scale * std::sqrt(squares + std::norm(alpha / scale));
  const Real beta = std::real(alpha) > 0 ? -norm : norm;
  const T tau = (beta - alpha) / beta;
  const T divisor = alpha - beta;
  for (std::int64_t index = 0; index < n; ++index) x[index] /= divisor;
  alpha = beta;
  return tau;
}

// B = (I - factor v v^H) B for v = (1, x) of n + 1 elements.
template <class T>
void reflect(std::int64_t n, const T* x, T factor, std::int64_t columns, T* b, std::int64_t ldb) {
  for (std::int64_t column = 0; column < columns; ++column) {
    T* const to = b + column * ldb;
    T sum = to[0];
    for (std::int64_t row = 0; row < n; ++row) sum += conjugate(x[row]) * to[row + 1];
    sum *= factor;
    to[0] -= sum;
    for (std::int64_t row = 0; row < n; ++row) to[row + 1] -= x[row] * sum;
  }
}

}  // namespace

template <class T>
int factor_lu(std::int64_t n, T* a, std::int64_t lda, int* pivots) {
  int singular = 0;
  for (std::int64_t step = 0; step < n; ++step) {
    T* const column = a + step * lda;
    if (pivots != nullptr) {
      std::int64_t best = step;
      for (std::int64_t row = step + 1; row < n; ++row) {
        if (magnitude(column[row]) > magnitude(column[best])) best = row;
      }
      pivots[step] = static_cast<int>(best + 1);
      for (std::int64_t each = 0; best != step && each < n; ++each)
        std::swap(a[step + each * lda], a[best + each * lda]);
    }
    if (column[step] == T{}) {
      if (singular == 0) singular = static_cast<int>(step + 1);
      continue;
    }
    for (std::int64_t row = step + 1; row < n; ++row) column[row] /= column[step];
    for (std::int64_t each = step + 1; each < n; ++each) {
      T* const to = a + each * lda;
      const T factor = to[step];
      for (std::int64_t row = step + 1; row < n; ++row) to[row] -= factor * column[row];
    }
  }
  return singular;
}

template <class T>
void exchange_rows(std::int64_t n, std::int64_t columns, T* b, std::int64_t ldb, const int* pivots, bool forward) {
  for (std::int64_t step = 0; step < n; ++step) {
    const std::int64_t row = forward ? step : n - 1 - step;
    const std::int64_t other = pivots[row] - 1;
    for (std::int64_t column = 0; other != row && column < columns; ++column) {
      std::swap(b[row + column * ldb], b[other + column * ldb]);
    }
  }
}

template <class T>
int zero_on_diagonal(std::int64_t n, const T* a, std::int64_t lda) {
  for (std::int64_t step = 0; step < n; ++step) {
    if (a[step + step * lda] == T{}) return static_cast<int>(step + 1);
  }
  return 0;
}

template <class T>
void factor_qr(std::int64_t m, std::int64_t n, T* a, std::int64_t lda, T* tau) {
  for (std::int64_t step = 0; step < std::min(m, n); ++step) {
    T* const pivot = a + step + step * lda;
    tau[step] = make_reflection(m - step - 1, *pivot, pivot + 1);
    reflect(m - step - 1, pivot + 1, conjugate(tau[step]), n - step - 1, pivot + lda, lda);
  }
}

template <class T>
void apply_qr(std::int64_t m, std::int64_t n, const T* a, std::int64_t lda, const T* tau, std::int64_t columns, T* b,
              std::int64_t ldb) {
  for (std::int64_t step = 0; step < std::min(m, n); ++step) {
    reflect(m - step - 1, a + step + step * lda + 1, conjugate(tau[step]), columns, b + step, ldb);
  }
}

#define VGPU_DEFINE(T)                                                                         \
  template int factor_lu(std::int64_t, T*, std::int64_t, int*);                                \
  template void exchange_rows(std::int64_t, std::int64_t, T*, std::int64_t, const int*, bool); \
  template int zero_on_diagonal(std::int64_t, const T*, std::int64_t);                         \
  template void factor_qr(std::int64_t, std::int64_t, T*, std::int64_t, T*);                   \
  template void apply_qr(std::int64_t, std::int64_t, const T*, std::int64_t, const T*, std::int64_t, T*, std::int64_t);
VGPU_DEFINE(float)
VGPU_DEFINE(double)
VGPU_DEFINE(std::complex<float>)
VGPU_DEFINE(std::complex<double>)
#undef VGPU_DEFINE

}  // namespace vgpu::blas
