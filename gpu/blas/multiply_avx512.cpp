#include <immintrin.h>

#include "gpu/blas/multiply.h"

#define VGPU_AVX512 gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")

namespace vgpu::blas::avx512 {
namespace {

constexpr int kLines = 8;  // of the left factor at a time: with two panels of the right one 16 sums are under way

struct Bfloats {
  [[VGPU_AVX512, gnu::always_inline]] static inline __m512i dot(__m512i sums, __m512i left, __m512i right) {
    return _mm512_castps_si512(_mm512_dpbf16_ps(_mm512_castsi512_ps(sums), reinterpret_cast<__m512bh>(left),
                                                reinterpret_cast<__m512bh>(right)));
  }
  [[VGPU_AVX512, gnu::always_inline]] static inline __m512i start(const std::byte*, std::int64_t) {
    return _mm512_setzero_si512();
  }
};

struct UnsignedBytes {
  [[VGPU_AVX512, gnu::always_inline]] static inline __m512i dot(__m512i sums, __m512i left, __m512i right) {
    return _mm512_dpbusd_epi32(sums, left, right);
  }
  // What takes back the 128 in each left value: -128 times the sum of the right ones.
  [[VGPU_AVX512, gnu::always_inline]] static inline __m512i start(const std::byte* right, std::int64_t groups) {
    __m512i sum = _mm512_setzero_si512();
    for (std::int64_t group = 0; group < groups; ++group) {
      sum = _mm512_dpbusd_epi32(sum, _mm512_set1_epi8(1), _mm512_load_si512(right + group * 64));
    }
    return _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_slli_epi32(sum, 7));
  }
};

template <class Values, int panels>
[[VGPU_AVX512]] void multiply_lines(const PackedBlock& block, const std::byte* left, const std::byte* right,
                                    const __m512i (&start)[2], std::uint32_t* to) {
  const std::int64_t panel_stride = block.steps * kTileBytes;
  __m512i sums[kLines][panels];
  for (int line = 0; line < kLines; ++line) {
    for (int panel = 0; panel < panels; ++panel) {
      const std::uint32_t* old = to + line * block.sums_stride + panel * kTileLines;
      sums[line][panel] = block.add ? _mm512_add_epi32(_mm512_load_si512(old), start[panel]) : start[panel];
    }
  }
  for (std::int64_t step = 0; step < block.steps; ++step) {
    for (std::int64_t group = 0; group < kTileGroups; ++group) {
      __m512i values[panels];
      for (int panel = 0; panel < panels; ++panel) {
        values[panel] = _mm512_load_si512(right + panel * panel_stride + (step * kTileGroups + group) * 64);
      }
      for (int line = 0; line < kLines; ++line) {
        int bits;
        __builtin_memcpy(&bits, left + step * block.left_step_stride + line * block.left_line_stride + group * 4, 4);
        const __m512i all = _mm512_set1_epi32(bits);
        for (int panel = 0; panel < panels; ++panel) {
          sums[line][panel] = Values::dot(sums[line][panel], all, values[panel]);
        }
      }
    }
  }
  for (int line = 0; line < kLines; ++line) {
    for (int panel = 0; panel < panels; ++panel) {
      _mm512_store_si512(to + line * block.sums_stride + panel * kTileLines, sums[line][panel]);
    }
  }
}

template <class Values>
[[VGPU_AVX512]] void multiply(const PackedBlock& block) {
  const std::int64_t panel_stride = block.steps * kTileBytes;
  for (std::int64_t panel = 0; panel < block.right_panels; panel += 2) {
    const bool two = panel + 1 < block.right_panels;
    const std::byte* right = block.right + panel * panel_stride;
    const __m512i start[2] = {
        Values::start(right, block.steps * kTileGroups),
        two ? Values::start(right + panel_stride, block.steps * kTileGroups) : _mm512_setzero_si512()};
    for (std::int64_t line = 0; line < block.left_panels * kTileLines; line += kLines) {
      const std::byte* left =
          block.left + line / kTileLines * block.left_panel_stride + line % kTileLines * block.left_line_stride;
      std::uint32_t* to = static_cast<std::uint32_t*>(block.sums) + line * block.sums_stride + panel * kTileLines;
      two ? multiply_lines<Values, 2>(block, left, right, start, to)
          : multiply_lines<Values, 1>(block, left, right, start, to);
    }
  }
}

}  // namespace

void multiply_bfloats(const PackedBlock& block) {
  multiply<Bfloats>(block);
}
void multiply_unsigned_bytes(const PackedBlock& block) {
  multiply<UnsignedBytes>(block);
}

}  // namespace vgpu::blas::avx512
