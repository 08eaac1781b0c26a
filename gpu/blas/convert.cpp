#include "gpu/blas/convert.h"

#include <immintrin.h>

#include <bit>
#include <cstring>

namespace vgpu::blas {
namespace {

using Widen = void (*)(const void*, float*, std::int64_t);
using Narrow = void (*)(const float*, void*, std::int64_t);

template <class From, float (*convert)(From)>
[[gnu::always_inline]] inline void widen_loop(const void* source, float* destination, std::int64_t count) {
  const From* from = static_cast<const From*>(source);
  for (std::int64_t index = 0; index < count; ++index) destination[index] = convert(from[index]);
}

[[gnu::always_inline]] inline float widen_bfloat(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

[[gnu::always_inline]] inline float widen_byte(std::int8_t value) {
  return static_cast<float>(value);
}

[[gnu::always_inline]] inline std::uint16_t narrow_bfloat(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = bits + 0x7fff + ((bits >> 16) & 1);
  const std::uint32_t quiet = bits | 0x400000;
  return static_cast<std::uint16_t>((value != value ? quiet : rounded) >> 16);
}

[[gnu::always_inline]] inline void narrow_bfloat_loop(const float* source, void* destination, std::int64_t count) {
  std::uint16_t* to = static_cast<std::uint16_t*>(destination);
  for (std::int64_t index = 0; index < count; ++index) to[index] = narrow_bfloat(source[index]);
}

void widen_half_portable(const void* source, float* destination, std::int64_t count) {
  const std::uint16_t* from = static_cast<const std::uint16_t*>(source);
  for (std::int64_t index = 0; index < count; ++index) destination[index] = half_to_float(from[index]);
}

void narrow_half_portable(const float* source, void* destination, std::int64_t count) {
  std::uint16_t* to = static_cast<std::uint16_t*>(destination);
  for (std::int64_t index = 0; index < count; ++index) to[index] = float_to_half(source[index]);
}

[[gnu::target("avx2,f16c")]] void widen_half_f16c(const void* source, float* destination, std::int64_t count) {
  const std::uint16_t* from = static_cast<const std::uint16_t*>(source);
  std::int64_t index = 0;
  for (; index + 8 <= count; index += 8) {
    const __m128i half = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + index));
    _mm256_storeu_ps(destination + index, _mm256_cvtph_ps(half));
  }
  widen_half_portable(from + index, destination + index, count - index);
}

[[gnu::target("avx2,f16c")]] void narrow_half_f16c(const float* source, void* destination, std::int64_t count) {
  std::uint16_t* to = static_cast<std::uint16_t*>(destination);
  std::int64_t index = 0;
  for (; index + 8 <= count; index += 8) {
    const __m128i half = _mm256_cvtps_ph(_mm256_loadu_ps(source + index), _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + index), half);
  }
  narrow_half_portable(source + index, to + index, count - index);
}

void widen_bfloat_portable(const void* source, float* destination, std::int64_t count) {
  widen_loop<std::uint16_t, widen_bfloat>(source, destination, count);
}
[[gnu::target("avx2")]] void widen_bfloat_avx2(const void* source, float* destination, std::int64_t count) {
  widen_loop<std::uint16_t, widen_bfloat>(source, destination, count);
}
void widen_byte_portable(const void* source, float* destination, std::int64_t count) {
  widen_loop<std::int8_t, widen_byte>(source, destination, count);
}
[[gnu::target("avx2")]] void widen_byte_avx2(const void* source, float* destination, std::int64_t count) {
  widen_loop<std::int8_t, widen_byte>(source, destination, count);
}
void narrow_bfloat_portable(const float* source, void* destination, std::int64_t count) {
  narrow_bfloat_loop(source, destination, count);
}
[[gnu::target("avx2")]] void narrow_bfloat_avx2(const float* source, void* destination, std::int64_t count) {
  narrow_bfloat_loop(source, destination, count);
}

struct Converters {
  Widen half = widen_half_portable, bfloat = widen_bfloat_portable, byte = widen_byte_portable;
  Narrow to_half = narrow_half_portable, to_bfloat = narrow_bfloat_portable;
};

Converters choose() {
  Converters chosen;
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) {
    chosen.bfloat = widen_bfloat_avx2;
    chosen.byte = widen_byte_avx2;
    chosen.to_bfloat = narrow_bfloat_avx2;
    if (__builtin_cpu_supports("f16c")) {
      chosen.half = widen_half_f16c;
      chosen.to_half = narrow_half_f16c;
    }
  }
  return chosen;
}

const Converters& converters() {
  static const Converters chosen = choose();
  return chosen;
}

}  // namespace

float half_to_float(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1f;
  const std::uint32_t mantissa = bits & 0x3ff;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
  }
  if (exponent == 31) {
    const std::uint32_t quiet = mantissa == 0 ? 0 : 0x400000;
    return std::bit_cast<float>(sign | 0x7f800000 | quiet | mantissa << 13);
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
}

std::uint16_t float_to_half(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000);
  const std::uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return static_cast<std::uint16_t>(sign | 0x7e00 | ((magnitude >> 13) & 0x3ff));
  if (magnitude >= 0x477ff000) return static_cast<std::uint16_t>(sign | 0x7c00);
  if (magnitude < 0x38800000) {
    // Adding 0.5 makes the FPU round the subnormal's digits at the right place.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000));
  }
  const std::uint32_t rounded = magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1);
  return static_cast<std::uint16_t>(sign | rounded >> 13);
}

float bfloat_to_float(std::uint16_t bits) {
  return widen_bfloat(bits);
}
std::uint16_t float_to_bfloat(float value) {
  return narrow_bfloat(value);
}

void to_float(DataType type, const void* source, float* destination, std::int64_t count) {
  switch (type) {
    case DataType::F16:
      return converters().half(source, destination, count);
    case DataType::BF16:
      return converters().bfloat(source, destination, count);
    case DataType::I8:
      return converters().byte(source, destination, count);
    default:
      std::memcpy(destination, source, static_cast<std::size_t>(count) * sizeof(float));
  }
}

void from_float(DataType type, const float* source, void* destination, std::int64_t count) {
  switch (type) {
    case DataType::F16:
      return converters().to_half(source, destination, count);
    case DataType::BF16:
      return converters().to_bfloat(source, destination, count);
    default:
      std::memcpy(destination, source, static_cast<std::size_t>(count) * sizeof(float));
  }
}

}  // namespace vgpu::blas
