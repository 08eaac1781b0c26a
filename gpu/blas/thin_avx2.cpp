#include <immintrin.h>

#include <cstring>

#include "gpu/blas/thin_kernels.h"

#define VGPU_TARGET gnu::target("avx2,fma,f16c")
#define VGPU_INLINE VGPU_TARGET, gnu::always_inline

namespace vgpu::blas {
namespace {

// The first `bytes` of 16, the others 0.
[[VGPU_INLINE]] inline __m128i some(const std::byte* from, std::int64_t bytes) {
  alignas(16) std::byte padded[16] = {};
  std::memcpy(padded, from, static_cast<std::size_t>(bytes));
  return _mm_load_si128(reinterpret_cast<const __m128i*>(padded));
}
[[VGPU_INLINE]] inline __m128i all(const std::byte* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}
[[VGPU_INLINE]] inline __m128i fold(__m256i sums) {
  return _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
}

struct Floats {
  using Sums = __m256;
  using Sum = float;
  static constexpr std::int64_t kWidth = 8, kSize = 2;
  static constexpr bool kManyRegisters = false;
  [[VGPU_INLINE]] static inline Sums zero() { return _mm256_setzero_ps(); }
  [[VGPU_INLINE]] static inline Sums multiply_add(Sums a, const std::byte* b, Sums sums) {
    return _mm256_fmadd_ps(a, _mm256_load_ps(reinterpret_cast<const float*>(b)), sums);
  }
  [[VGPU_INLINE]] static inline Sums multiply_add_all(Sums a, float b, Sums sums) {
    return _mm256_fmadd_ps(a, _mm256_set1_ps(b), sums);
  }
  [[VGPU_INLINE]] static inline Sums load_sums(const float* from) { return _mm256_load_ps(from); }
  [[VGPU_INLINE]] static inline void store_sums(float* to, Sums sums) { _mm256_store_ps(to, sums); }
  [[VGPU_INLINE]] static inline float total(Sums sums) {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }
};

struct Halves : Floats {
  [[VGPU_INLINE]] static inline Sums load(const std::byte* from) { return _mm256_cvtph_ps(all(from)); }
  [[VGPU_INLINE]] static inline Sums load(const std::byte* from, std::int64_t count) {
    return _mm256_cvtph_ps(some(from, count * 2));
  }
};

struct Bfloats : Floats {
  [[VGPU_INLINE]] static inline Sums widen(__m128i values) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(values), 16));
  }
  [[VGPU_INLINE]] static inline Sums load(const std::byte* from) { return widen(all(from)); }
  [[VGPU_INLINE]] static inline Sums load(const std::byte* from, std::int64_t count) {
    return widen(some(from, count * 2));
  }
};

struct Bytes {
  using Sums = __m256i;
  using Sum = std::int32_t;
  static constexpr std::int64_t kWidth = 16, kSize = 1;
  static constexpr bool kManyRegisters = false;
  [[VGPU_INLINE]] static inline Sums zero() { return _mm256_setzero_si256(); }
  [[VGPU_INLINE]] static inline Sums load(const std::byte* from) { return _mm256_cvtepi8_epi16(all(from)); }
  [[VGPU_INLINE]] static inline Sums load(const std::byte* from, std::int64_t count) {
    return _mm256_cvtepi8_epi16(some(from, count));
  }
  [[VGPU_INLINE]] static inline Sums multiply_add(Sums a, const std::byte* b, Sums sums) {
    const __m256i products = _mm256_madd_epi16(a, _mm256_load_si256(reinterpret_cast<const __m256i*>(b)));
    return _mm256_add_epi32(sums, products);
  }
  [[VGPU_INLINE]] static inline std::int32_t total(Sums sums) {
    const __m128i four = fold(sums);
    const __m128i two = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 0xb1)));
  }
};

#include "gpu/blas/thin_kernels.inc"

}  // namespace

const ThinKernels kThinAvx2 = {multiply_along<Halves>, multiply_along<Bfloats>, multiply_along<Bytes>,
                               multiply_across<Halves>, multiply_across<Bfloats>};

}  // namespace vgpu::blas
