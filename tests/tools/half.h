#pragma once

#include <bit>
#include <cstdint>
#include <string>

namespace vgpu::testing {

// IEEE binary16 bits of a float, rounded to nearest even. Test weights are small, so overflow becomes infinity.
constexpr std::uint16_t half_from_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000);
  const std::uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x47800000) return static_cast<std::uint16_t>(sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00));
  if (magnitude < 0x38800000) {
    // Below the smallest normal: adding 0.5 leaves the subnormal's bits, rounded by the addition, at the low end.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000));
  }
  const std::uint32_t rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);
  return static_cast<std::uint16_t>(sign | ((rounded - 0x38000000) >> 13));
}

constexpr float float_from_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1f, fraction = half & 0x3ff;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint32_t widened = exponent == 0x1f ? 0x7f800000U : (exponent + 112) << 23;
  return std::bit_cast<float>(sign | widened | fraction << 13);
}

inline void append_half(std::string& out, std::uint16_t half) {
  out += static_cast<char>(half & 0xff);
  out += static_cast<char>(half >> 8);
}

}  // namespace vgpu::testing
