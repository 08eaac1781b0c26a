#pragma once

#include <cmath>
#include <complex>
#include <cstdint>
#include <type_traits>

#include "gpu/blas/element.h"

// Plane rotations, of BLAS's rot, rotg and rotm.
namespace vgpu::blas {

template <class T>
T conjugate(T value) {
  if constexpr (std::is_floating_point_v<T>)
    return value;
  else
    return std::conj(value);
}

// x becomes c x + s y, and y becomes c y - conj(s) x. The types of c and s may be real where T is complex.
template <class T, class Cosine, class Sine>
void rotate(std::int64_t n, Strided<T> x, Strided<T> y, Cosine c, Sine s) {
  for (std::int64_t index = 0; index < n; ++index) {
    const auto old_x = widen(x[index]);
    const auto old_y = widen(y[index]);
    x[index] = narrow<T>(c * old_x + s * old_y);
    y[index] = narrow<T>(c * old_y - conjugate(s) * old_x);
  }
}

// The rotation that takes (a, b) to (r, 0): a becomes r, and a real b what c and s can be found from again.
template <class T>
void make_rotation(T& a, T& b, T& c, T& s) {
  const T larger = std::abs(a) > std::abs(b) ? a : b;
  const T scale = std::abs(a) + std::abs(b);
  if (scale == 0) {
    c = 1;
    s = a = b = 0;
    return;
  }
  const T r = std::copysign(scale * std::hypot(a / scale, b / scale), larger);
  c = a / r;
  s = b / r;
  const bool by_sine = std::abs(a) > std::abs(b);
  b = by_sine ? s : c != 0 ? 1 / c : 1;
  a = r;
}
template <class Real>
void make_rotation(std::complex<Real>& a, std::complex<Real>& b, Real& c, std::complex<Real>& s) {
  const Real size = std::abs(a);
  if (size == 0) {
    c = 0;
    s = 1;
    a = b;
    return;
  }
  const Real norm = std::hypot(size, std::abs(b));
  const std::complex<Real> direction = a / size;
  c = size / norm;
  s = direction * std::conj(b) / norm;
  a = direction * norm;
}

// The matrix H of a modified rotation. `parameters` is rotm's: a flag that says which elements are implied, then
// h11, h21, h12 and h22.
template <class T>
struct ModifiedRotation {
  T h11 = 1, h21 = 0, h12 = 0, h22 = 1;

  explicit ModifiedRotation(const T* parameters) {
    const T flag = parameters[0];
    if (flag == -2) return;
    h11 = flag == 0 ? T(1) : parameters[1];
    h21 = flag == 1 ? T(-1) : parameters[2];
    h12 = flag == 1 ? T(1) : parameters[3];
    h22 = flag == 0 ? T(1) : parameters[4];
  }
};

template <class T, class Wide>
void rotate(std::int64_t n, Strided<T> x, Strided<T> y, const ModifiedRotation<Wide>& h) {
  for (std::int64_t index = 0; index < n; ++index) {
    const Wide old_x = widen(x[index]);
    const Wide old_y = widen(y[index]);
    x[index] = narrow<T>(h.h11 * old_x + h.h12 * old_y);
    y[index] = narrow<T>(h.h21 * old_x + h.h22 * old_y);
  }
}

}  // namespace vgpu::blas
