#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "gpu/ptx/types.h"

// Floating-point formats by their bits: exact encoding under any rounding, and decoding to double.
namespace vgpu::warp {

// A binary format with `M` stored significand bits and `E` exponent bits, IEEE 754 rules.
template <int M, int E>
struct FloatFormat {
  static constexpr int kSignificandBits = M;
  static constexpr int kBias = (1 << (E - 1)) - 1;
  static constexpr std::uint64_t kInfinity = ((std::uint64_t{1} << E) - 1) << M;
  static constexpr std::uint64_t kSign = std::uint64_t{1} << (M + E);
};
using Half = FloatFormat<10, 5>;
using BrainFloat = FloatFormat<7, 8>;
using TensorFloat = FloatFormat<10, 8>;
using Single = FloatFormat<23, 8>;
using Double = FloatFormat<52, 11>;

// Bits of (-1)^sign * significand * 2^exponent in format F, rounded as `rounding` says (None counts as Rn; Rna rounds
// ties away from zero). Values too large become infinity, or the largest finite value where the rounding says so.
template <class F>
constexpr std::uint64_t encode(bool sign, std::uint64_t significand, int exponent, ptx::Rounding rounding) {
  const std::uint64_t sign_bit = sign ? F::kSign : 0;
  if (significand == 0) return sign_bit;
  const int top = 63 - std::countl_zero(significand);
  const int magnitude = top + exponent;
  const int minimum = 1 - F::kBias;
  const bool normal = magnitude >= minimum;
  if (magnitude > F::kBias + 1) {
    significand = 1;
    exponent = F::kBias + 1;
  }
  const int clamped = magnitude > F::kBias + 1 ? F::kBias + 1 : magnitude;
  const int shift = (normal ? clamped : minimum) - F::kSignificandBits - exponent;
  std::uint64_t kept = 0, rest = 0, half = 0;
  if (shift <= 0) {
    kept = significand << -shift;
  } else if (shift < 64) {
    kept = significand >> shift;
    rest = significand & ((std::uint64_t{1} << shift) - 1);
    half = std::uint64_t{1} << (shift - 1);
  } else {
    rest = shift == 64 ? significand : 1;
    half = shift == 64 ? std::uint64_t{1} << 63 : 2;
  }
  bool up = false;
  switch (rounding) {
    case ptx::Rounding::Rz:
    case ptx::Rounding::Rzi:
      break;
    case ptx::Rounding::Rm:
    case ptx::Rounding::Rmi:
      up = sign && rest != 0;
      break;
    case ptx::Rounding::Rp:
    case ptx::Rounding::Rpi:
      up = !sign && rest != 0;
      break;
    case ptx::Rounding::Rna:
      up = rest != 0 && rest >= half;
      break;
    default:
      up = rest != 0 && (rest > half || (rest == half && (kept & 1) != 0));
  }
  kept += up ? 1 : 0;
  std::uint64_t bits = kept;
  if (normal) bits += static_cast<std::uint64_t>(clamped + F::kBias - 1) << F::kSignificandBits;
  if (bits >= F::kInfinity) {
    const bool finite = rounding == ptx::Rounding::Rz || (rounding == ptx::Rounding::Rm && !sign) ||
                        (rounding == ptx::Rounding::Rp && sign);
    bits = F::kInfinity - (finite ? 1 : 0);
  }
  return sign_bit | bits;
}

// Bits of `value` in format F. NaN becomes the quiet NaN with all significand bits set, as NVIDIA's conversions give.
template <class F>
constexpr std::uint64_t encode(double value, ptx::Rounding rounding) {
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(value);
  const bool sign = (bits >> 63) != 0;
  const int exponent = static_cast<int>(bits >> 52 & 0x7ff);
  const std::uint64_t fraction = bits & 0xfffffffffffffu;
  if (exponent == 0x7ff) {
    if (fraction != 0) return F::kSign - 1;
    return (sign ? F::kSign : 0) | F::kInfinity;
  }
  return exponent == 0 ? encode<F>(sign, fraction, -1074, rounding)
                       : encode<F>(sign, fraction | std::uint64_t{1} << 52, exponent - 1075, rounding);
}

// The value of a format's bits; exact, since double holds every value of the smaller ones.
template <class F>
constexpr double decode(std::uint64_t bits) {
  const bool sign = (bits & F::kSign) != 0;
  const std::uint64_t magnitude = bits & (F::kSign - 1);
  const std::uint64_t fraction = magnitude & ((std::uint64_t{1} << F::kSignificandBits) - 1);
  const int exponent = static_cast<int>(magnitude >> F::kSignificandBits);
  std::uint64_t result = 0;
  if (magnitude >= F::kInfinity) {
    result = std::uint64_t{0x7ff} << 52 | fraction << (52 - F::kSignificandBits);
  } else if (magnitude != 0) {
    result = exponent == 0 ? encode<Double>(false, fraction, 1 - F::kBias - F::kSignificandBits, ptx::Rounding::Rn)
                           : static_cast<std::uint64_t>(exponent - F::kBias + 1023) << 52 |
                                 fraction << (52 - F::kSignificandBits);
  }
  return std::bit_cast<double>(result | (sign ? std::uint64_t{1} << 63 : 0));
}

// f16 to f32, exact.
inline float half_to_float(std::uint32_t bits) {
  const std::uint32_t sign = (bits & 0x8000u) << 16;
  const std::uint32_t magnitude = (bits & 0x7fffu) << 13;
  const std::uint32_t infinite = magnitude >= 0x0f800000u ? 0x38000000u : 0u;
  const std::uint32_t normal = magnitude + 0x38000000u + infinite;
  // A subnormal is its integer times 2^-24.
  const float tiny = static_cast<float>(static_cast<std::int32_t>(bits & 0x7fffu)) * 0x1p-24f;
  const std::uint32_t value = magnitude < 0x00800000u ? std::bit_cast<std::uint32_t>(tiny) : normal;
  return std::bit_cast<float>(value | sign);
}

// f32 to f16, to nearest even.
inline std::uint32_t float_to_half(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 16 & 0x8000u;
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  const std::uint32_t normal = (magnitude - 0x38000000u + 0xfffu + (magnitude >> 13 & 1)) >> 13;
  // Adding 0.5 puts the unit of the sum's last place at 2^-24.
  const std::uint32_t tiny = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000u;
  std::uint32_t result = magnitude < 0x38800000u ? tiny : normal;
  result = magnitude >= 0x477ff000u ? 0x7c00u : result;
  result = magnitude > 0x7f800000u ? 0x7fffu : result;
  return magnitude > 0x7f800000u ? 0x7fffu : result | sign;
}

inline float brain_to_float(std::uint32_t bits) {
  return std::bit_cast<float>(bits << 16);
}

// f32 to bf16, to nearest even.
inline std::uint32_t float_to_brain(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fffu;
  return (bits + 0x7fffu + (bits >> 16 & 1)) >> 16;
}

// e5m2 and e4m3 (which has no infinity; 0x7f is NaN, 448 the largest value) to f32, exact.
inline float e5m2_to_float(std::uint32_t bits) {
  return half_to_float((bits & 0xffu) << 8);
}
inline float e4m3_to_float(std::uint32_t bits) {
  if ((bits & 0x7fu) == 0x7fu) return std::bit_cast<float>(0x7fffffffu);
  const int exponent = static_cast<int>(bits >> 3 & 15);
  const float fraction = static_cast<float>(bits & 7);
  const float magnitude = exponent == 0 ? std::ldexp(fraction, -9) : std::ldexp(fraction + 8.0f, exponent - 10);
  return (bits & 0x80u) != 0 ? -magnitude : magnitude;
}

// f32 to the 8-bit formats, to nearest even, saturating to the largest finite value (.satfinite, which PTX demands).
inline std::uint32_t float_to_e5m2(float value) {
  const double wide = value;
  if (value != value) return 0x7fu;
  const std::uint32_t sign = std::signbit(value) ? 0x80u : 0u;
  const auto bits = static_cast<std::uint32_t>(encode<FloatFormat<2, 5>>(std::fabs(wide), ptx::Rounding::Rn));
  return sign | (bits > 0x7bu ? 0x7bu : bits);
}
inline std::uint32_t float_to_e4m3(float value) {
  if (value != value) return 0x7fu;
  const std::uint32_t sign = std::signbit(value) ? 0x80u : 0u;
  const double magnitude = std::fabs(static_cast<double>(value));
  if (magnitude >= 448.0) return sign | 0x7eu;
  // The topmost exponent, which IEEE formats give to infinity, holds numbers: those are encoded one exponent lower.
  if (magnitude >= 256.0)
    return sign | (static_cast<std::uint32_t>(encode<FloatFormat<3, 4>>(magnitude / 2, ptx::Rounding::Rn)) + 8);
  return sign | static_cast<std::uint32_t>(encode<FloatFormat<3, 4>>(magnitude, ptx::Rounding::Rn));
}

}  // namespace vgpu::warp
