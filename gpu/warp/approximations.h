#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

// The .approx functions on f32: one exact sequence of IEEE operations each (add, multiply, fma, divide, sqrt, integer
// operations), so that interpreter and JIT agree bit for bit. No operation may be contracted or reassociated.
// Errors hold PTX's documented bounds; tests/unit/warp_test.cpp measures them. Inputs and outputs are not flushed
// here: the .ftz forms wrap the argument and the result in flush_subnormal().
namespace vgpu::warp {

// Subnormals become zero of the same sign.
inline float flush_subnormal(float x) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
  return std::bit_cast<float>((bits & 0x7f800000u) == 0 ? bits & 0x80000000u : bits);
}

inline constexpr float kCanonicalNan = std::bit_cast<float>(0x7fffffffu);
inline constexpr float kRoundMagic = 12582912.0f;      // 1.5 * 2^23: adding and subtracting it rounds to an integer
inline constexpr float kRoundMagicLimit = 4194304.0f;  // where that stops being exact: 2^22

// Nearest integer, ties to even; values of 2^22 and more are returned as they are.
inline float round_to_integer(float x) {
  const float rounded = (x + kRoundMagic) - kRoundMagic;
  return std::fabs(x) < kRoundMagicLimit ? rounded : x;
}

// 2^f for f in [-0.5, 0.5]: kEx2[0] + f * (kEx2[1] + …), Taylor coefficients ln(2)^i / i!.
inline constexpr float kEx2[8] = {1.0f,
                                  0.693147180559945f,
                                  0.240226506959101f,
                                  0.0555041086648216f,
                                  0.00961812910762848f,
                                  0.00133335581464284f,
                                  0.000154035303933816f,
                                  1.52527338040598e-05f};

// ex2.approx.f32
inline float ex2_approx(float x) {
  float clamped = x < -160.0f ? -160.0f : x;
  clamped = clamped > 130.0f ? 130.0f : clamped;
  clamped = x != x ? 0.0f : clamped;
  const float n = (clamped + kRoundMagic) - kRoundMagic;
  const float f = clamped - n;
  float p = kEx2[7];
  for (int i = 6; i >= 0; --i) p = std::fma(p, f, kEx2[i]);
  const auto whole = static_cast<std::int32_t>(n);
  const std::int32_t half = whole >> 1;
  const float low = std::bit_cast<float>((half + 127) << 23);
  const float high = std::bit_cast<float>((whole - half + 127) << 23);
  const float result = (p * low) * high;
  return x != x ? kCanonicalNan : result;
}

inline constexpr float kTwoPow23 = 8388608.0f;
// log2((1 + s) / (1 - s)) = s * (kLg2[0] + s^2 * (kLg2[1] + …)): 2 / (ln(2) * (2 i + 1)).
inline constexpr float kLg2[6] = {2.88539008177793f,  0.961796693925976f, 0.577078016355585f,
                                  0.412198583111132f, 0.320598897975325f, 0.262308189252539f};

// lg2.approx.f32
inline float lg2_approx(float x) {
  const std::uint32_t input = std::bit_cast<std::uint32_t>(x);
  const bool subnormal = (input & 0x7f800000u) == 0;
  const float scaled = subnormal ? x * kTwoPow23 : x;
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(scaled);
  // 0x3f3504f3 is sqrt(0.5): the significand m lies in [sqrt(0.5), sqrt(2)).
  const std::int32_t exponent = static_cast<std::int32_t>(bits - 0x3f3504f3u) >> 23;
  const float m = std::bit_cast<float>(bits - (static_cast<std::uint32_t>(exponent) << 23));
  const float s = (m - 1.0f) / (m + 1.0f);
  const float square = s * s;
  float p = kLg2[5];
  for (int i = 4; i >= 0; --i) p = std::fma(p, square, kLg2[i]);
  const float whole = static_cast<float>(exponent - (subnormal ? 23 : 0));
  float result = std::fma(s, p, whole);
  result = input == 0x7f800000u ? x : result;
  result = (input & 0x7fffffffu) == 0 ? -INFINITY : result;
  const bool invalid = x != x || (input > 0x80000000u && (input & 0x7fffffffu) != 0);
  return invalid ? kCanonicalNan : result;
}

// rcp.approx.f32, rsqrt.approx.f32, sqrt.approx.f32: composed of IEEE division and square root.
inline float rcp_approx(float x) {
  return x != x ? kCanonicalNan : 1.0f / x;
}
inline float sqrt_approx(float x) {
  return x != x || x < 0.0f ? kCanonicalNan : std::sqrt(x);
}
inline float rsqrt_approx(float x) {
  return x != x || x < 0.0f ? kCanonicalNan : 1.0f / std::sqrt(x);
}

// div.approx.f32: the quotient is correctly rounded here, which the documented 2 ulp allow.
inline float div_approx(float a, float b) {
  return a / b;
}

inline constexpr float kTwoOverPi = 0.636619772367581f;
// pi / 2 in three parts for the argument reduction.
inline constexpr float kHalfPiHigh = 1.57079637050628662109375f;
inline constexpr float kHalfPiMiddle = -4.37113900018624283e-8f;
inline constexpr float kHalfPiLow = -1.71512449e-15f;
inline constexpr float kSin[4] = {-0.166666666666667f, 0.00833333333333333f, -0.000198412698412698f,
                                  2.75573192239859e-06f};
inline constexpr float kCos[4] = {-0.5f, 0.0416666666666667f, -0.00138888888888889f, 2.48015873015873e-05f};

// sin(x + quarter * pi / 2), quarter 0 or 1.
inline float sin_quarter(float x, float quarter) {
  const float k = round_to_integer(x * kTwoOverPi);
  float r = std::fma(k, -kHalfPiHigh, x);
  r = std::fma(k, -kHalfPiMiddle, r);
  r = std::fma(k, -kHalfPiLow, r);
  // Far outside the range where the reduction holds only the bound |result| <= 1 is kept.
  r = r > 0.8f ? 0.8f : r;
  r = r < -0.8f ? -0.8f : r;
  const float turn = k + quarter;
  // turn modulo 4, by rounding turn / 4 down; large values are multiples of 4 already.
  const float fourth = turn * 0.25f;
  const float nearest = round_to_integer(fourth);
  const float floor = nearest > fourth ? nearest - 1.0f : nearest;
  const float quadrant = std::fma(floor, -4.0f, turn);
  const float square = r * r;
  float sine = kSin[3];
  for (int i = 2; i >= 0; --i) sine = std::fma(sine, square, kSin[i]);
  sine = std::fma(r * square, sine, r);
  float cosine = kCos[3];
  for (int i = 2; i >= 0; --i) cosine = std::fma(cosine, square, kCos[i]);
  cosine = std::fma(square, cosine, 1.0f);
  const bool odd = quadrant == 1.0f || quadrant == 3.0f;
  const float value = odd ? cosine : sine;
  const float result = quadrant >= 2.0f ? -value : value;
  return x - x != 0.0f ? kCanonicalNan : result;
}

// sin.approx.f32, cos.approx.f32
inline float sin_approx(float x) {
  return sin_quarter(x, 0.0f);
}
inline float cos_approx(float x) {
  return sin_quarter(x, 1.0f);
}

inline constexpr float kTanh[5] = {-0.333333333333333f, 0.133333333333333f, -0.053968253968254f, 0.0218694885361552f,
                                   -0.00886323552990220f};
inline constexpr float kTwoOverLn2 = 2.88539008177793f;

// tanh.approx.f32
inline float tanh_approx(float x) {
  const float magnitude = std::fabs(x);
  const float square = x * x;
  float small = kTanh[4];
  for (int i = 3; i >= 0; --i) small = std::fma(small, square, kTanh[i]);
  small = std::fma(x * square, small, x);
  const float power = ex2_approx(magnitude * kTwoOverLn2);
  const float large = std::copysign(1.0f - 2.0f / (power + 1.0f), x);
  const float result = magnitude < 0.5f ? small : large;
  return x != x ? kCanonicalNan : result;
}

}  // namespace vgpu::warp
