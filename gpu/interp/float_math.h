#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "gpu/warp/approximations.h"
#include "gpu/warp/float_formats.h"

// Exact helpers of the floating-point handlers. Sums and quotients rounded to odd in double carry enough bits to be
// rounded once more to any format of at most 50 significand bits, in any direction.
namespace vgpu::interp {

using warp::flush_subnormal;
inline double flush_subnormal(double x) {
  return x;
}

// `rounded` is the nearest double to an exact value that differs from it by something of the sign of `rest`.
inline double to_odd(double rounded, double rest) {
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(rounded);
  if (rest == 0 || !std::isfinite(rounded) || !std::isfinite(rest) || (bits & 1) != 0) return rounded;
  return std::bit_cast<double>((rest > 0) == (rounded > 0) ? bits + 1 : bits - 1);
}
inline double add_to_odd(double a, double b) {
  const double sum = a + b;
  const double part = sum - a;
  return to_odd(sum, (a - (sum - part)) + (b - part));
}
inline double divide_to_odd(double a, double b) {
  const double quotient = a / b;
  const double rest = std::fma(-quotient, b, a);
  return to_odd(quotient, b < 0 ? -rest : rest);
}
inline double sqrt_to_odd(double a) {
  const double root = std::sqrt(a);
  return to_odd(root, std::fma(-root, root, a));
}

// Sign of an exact zero sum: -0 when rounding down and the terms do not agree on it.
template <ptx::Rounding Mode>
float round_single(double value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(warp::encode<warp::Single>(value, Mode)));
}
template <ptx::Rounding Mode>
float round_sum(double a, double b) {
  const double sum = add_to_odd(a, b);
  if (Mode == ptx::Rounding::Rm && sum == 0 && !(a == 0 && b == 0 && !std::signbit(a) && !std::signbit(b)))
    return -0.0f;
  return round_single<Mode>(sum);
}

template <class T>
T saturate(T x) {
  return x > T{0} ? (x < T{1} ? x : T{1}) : T{0};
}

// min and max: a NaN gives way to the other operand, -0 lies below +0.
template <class T>
T minimum(T a, T b) {
  if (a != a) return b != b ? std::bit_cast<T>(static_cast<Storage<T>>(~Storage<T>{0} >> 1)) : b;
  if (b != b) return a;
  return a < b || (a == b && std::signbit(a)) ? a : b;
}
template <class T>
T maximum(T a, T b) {
  if (a != a) return b != b ? std::bit_cast<T>(static_cast<Storage<T>>(~Storage<T>{0} >> 1)) : b;
  if (b != b) return a;
  return a > b || (a == b && !std::signbit(a)) ? a : b;
}

}  // namespace vgpu::interp
