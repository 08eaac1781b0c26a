#include <immintrin.h>

#include "gpu/blas/thin_kernels.h"

#define VGPU_TARGET gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")
#define VGPU_INLINE VGPU_TARGET, gnu::always_inline

namespace vgpu::blas {
namespace {

struct Floats {
  using Sums = __m512;
  using Sum = float;
  static constexpr std::int64_t kWidth = 16, kSize = 2;
  static constexpr bool kManyRegisters = true;
  [[VGPU_INLINE]] static inline Sums zero() { return _mm512_setzero_ps(); }
  [[VGPU_INLINE]] static inline Sums multiply_add(Sums a, const std::byte* b, Sums sums) {
    return _mm512_fmadd_ps(a, _mm512_load_ps(b), sums);
  }
  [[VGPU_INLINE]] static inline Sums multiply_add_all(Sums a, float b, Sums sums) {
    return _mm512_fmadd_ps(a, _mm512_set1_ps(b), sums);
  }
  [[VGPU_INLINE]] static inline Sums load_sums(const float* from) { return _mm512_load_ps(from); }
  [[VGPU_INLINE]] static inline void store_sums(float* to, Sums sums) { _mm512_store_ps(to, sums); }
  [[VGPU_INLINE]] static inline float total(Sums sums) { return _mm512_reduce_add_ps(sums); }
  [[VGPU_INLINE]] static inline __m256i some(const std::byte* from, std::int64_t count) {
    return _mm256_maskz_loadu_epi16(static_cast<__mmask16>(0xffff >> (16 - count)), from);
  }
  [[VGPU_INLINE]] static inline __m256i all(const std::byte* from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  }
};

struct Halves : Floats {
  [[VGPU_INLINE]] static inline Sums load(const std::byte* from) { return _mm512_cvtph_ps(all(from)); }
  [[VGPU_INLINE]] static inline Sums load(const std::byte* from, std::int64_t count) {
    return _mm512_cvtph_ps(some(from, count));
  }
};

struct Bfloats : Floats {
  [[VGPU_INLINE]] static inline Sums widen(__m256i values) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(values), 16));
  }
  [[VGPU_INLINE]] static inline Sums load(const std::byte* from) { return widen(all(from)); }
  [[VGPU_INLINE]] static inline Sums load(const std::byte* from, std::int64_t count) {
    return widen(some(from, count));
  }
};

struct Bytes {
  using Sums = __m512i;
  using Sum = std::int32_t;
  static constexpr std::int64_t kWidth = 32, kSize = 1;
  static constexpr bool kManyRegisters = true;
  [[VGPU_INLINE]] static inline Sums zero() { return _mm512_setzero_si512(); }
  [[VGPU_INLINE]] static inline Sums load(const std::byte* from) {
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
  }
  [[VGPU_INLINE]] static inline Sums load(const std::byte* from, std::int64_t count) {
    return _mm512_cvtepi8_epi16(_mm256_maskz_loadu_epi8(~std::uint32_t{0} >> (32 - count), from));
  }
  [[VGPU_INLINE]] static inline Sums multiply_add(Sums a, const std::byte* b, Sums sums) {
    return _mm512_dpwssd_epi32(sums, a, _mm512_load_si512(b));
  }
  [[VGPU_INLINE]] static inline std::int32_t total(Sums sums) { return _mm512_reduce_add_epi32(sums); }
};

#include "gpu/blas/thin_kernels.inc"

}  // namespace

const ThinKernels kThinAvx512 = {multiply_along<Halves>, multiply_along<Bfloats>, multiply_along<Bytes>,
                                 multiply_across<Halves>, multiply_across<Bfloats>};

}  // namespace vgpu::blas
