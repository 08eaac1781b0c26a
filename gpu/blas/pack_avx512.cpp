#include "gpu/blas/pack_avx512.h"

#include <immintrin.h>

#include <algorithm>

#define VGPU_AVX512 gnu::target("avx512f,avx512bw,avx512dq,avx512vl")

namespace vgpu::blas::avx512 {
namespace {

// Rows become columns: first within squares of 4 x 4, then the squares.
[[VGPU_AVX512, gnu::always_inline]] inline void transpose_tile(__m512i (&rows)[16]) {
  __m512i pairs[16];
  __m512i squares[16];
  for (int row = 0; row < 16; row += 2) {
    pairs[row] = _mm512_unpacklo_epi32(rows[row], rows[row + 1]);
    pairs[row + 1] = _mm512_unpackhi_epi32(rows[row], rows[row + 1]);
  }
  for (int row = 0; row < 16; row += 4) {
    squares[row] = _mm512_unpacklo_epi64(pairs[row], pairs[row + 2]);
    squares[row + 1] = _mm512_unpackhi_epi64(pairs[row], pairs[row + 2]);
    squares[row + 2] = _mm512_unpacklo_epi64(pairs[row + 1], pairs[row + 3]);
    squares[row + 3] = _mm512_unpackhi_epi64(pairs[row + 1], pairs[row + 3]);
  }
  for (int column = 0; column < 4; ++column) {
    const __m512i top_even = _mm512_shuffle_i32x4(squares[column], squares[column + 4], 0x88);
    const __m512i top_odd = _mm512_shuffle_i32x4(squares[column], squares[column + 4], 0xdd);
    const __m512i bottom_even = _mm512_shuffle_i32x4(squares[column + 8], squares[column + 12], 0x88);
    const __m512i bottom_odd = _mm512_shuffle_i32x4(squares[column + 8], squares[column + 12], 0xdd);
    rows[column] = _mm512_shuffle_i32x4(top_even, bottom_even, 0x88);
    rows[column + 4] = _mm512_shuffle_i32x4(top_odd, bottom_odd, 0x88);
    rows[column + 8] = _mm512_shuffle_i32x4(top_even, bottom_even, 0xdd);
    rows[column + 12] = _mm512_shuffle_i32x4(top_odd, bottom_odd, 0xdd);
  }
}

// 64 bytes of each line from `depth` on.
template <int size>
[[VGPU_AVX512, gnu::always_inline]] inline void load_lines(const Panel& panel, std::int64_t depth,
                                                           __m512i (&tile)[16]) {
  const std::int64_t left = std::min<std::int64_t>((panel.depth - depth) * size, 64);
  const __mmask64 mask = ~std::uint64_t{0} >> (64 - left);
  const std::byte* from = panel.first + depth * size;
  if (panel.lines == 16) {
    for (int line = 0; line < 16; ++line) tile[line] = _mm512_maskz_loadu_epi8(mask, from + line * panel.stride);
  } else {
    for (int line = 0; line < 16; ++line) {
      tile[line] =
          line < panel.lines ? _mm512_maskz_loadu_epi8(mask, from + line * panel.stride) : _mm512_setzero_si512();
    }
  }
}

// The value of each line at `depth`, as numbers of 32 bits.
template <int size>
[[VGPU_AVX512, gnu::always_inline]] inline __m512i load_depth(const Panel& panel, std::int64_t depth, __mmask16 lines) {
  if (depth >= panel.depth) return _mm512_setzero_si512();
  const std::byte* from = panel.first + depth * panel.stride;
  if constexpr (size == 2) return _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lines, from));
  return _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(lines, from));
}

template <int size>
[[VGPU_AVX512, gnu::always_inline]] inline void load_groups(const Panel& panel, std::int64_t depth,
                                                            __m512i (&tile)[16]) {
  const auto lines = static_cast<__mmask16>(0xffff >> (16 - panel.lines));
  for (int group = 0; group < 16; ++group) {
    const std::int64_t first = depth + group * (4 / size);
    const __m512i low = load_depth<size>(panel, first, lines);
    const __m512i next = load_depth<size>(panel, first + 1, lines);
    if constexpr (size == 2) {
      tile[group] = _mm512_or_si512(low, _mm512_slli_epi32(next, 16));
    } else {
      const __m512i third = _mm512_slli_epi32(load_depth<size>(panel, first + 2, lines), 16);
      const __m512i fourth = _mm512_slli_epi32(load_depth<size>(panel, first + 3, lines), 24);
      tile[group] = _mm512_or_si512(_mm512_or_si512(low, _mm512_slli_epi32(next, 8)), _mm512_or_si512(third, fourth));
    }
  }
}

[[VGPU_AVX512, gnu::always_inline]] inline __mmask32 subnormals(__m512i bfloats) {
  const __m512i magnitudes = _mm512_and_si512(bfloats, _mm512_set1_epi16(0x7fff));
  return _mm512_cmplt_epu16_mask(_mm512_sub_epi16(magnitudes, _mm512_set1_epi16(1)), _mm512_set1_epi16(0x7f));
}

// What happens to 64 packed bytes on their way to a tile; each says which values it cannot take.
struct Bfloats {
  static constexpr int kSize = 2, kTiles = 1;
  [[VGPU_AVX512, gnu::always_inline]] static inline __mmask32 store(__m512i values, std::byte* to) {
    _mm512_store_si512(to, values);
    return subnormals(values);
  }
};

struct Halves {
  static constexpr int kSize = 2, kTiles = 2;
  [[VGPU_AVX512, gnu::always_inline]] static inline __m256i upper(__m512 values) {
    return _mm512_cvtepi32_epi16(_mm512_srli_epi32(_mm512_castps_si512(values), 16));
  }
  [[VGPU_AVX512, gnu::always_inline]] static inline __mmask32 store(__m512i values, std::byte* to) {
    const __m512i digits = _mm512_set1_epi32(static_cast<int>(0xffff0000));
    __m256i high[2];
    __m256i low[2];
    const __m256i parts[2] = {_mm512_castsi512_si256(values), _mm512_extracti64x4_epi64(values, 1)};
    for (int part = 0; part < 2; ++part) {
      const __m512 wide = _mm512_cvtph_ps(parts[part]);
      const __m512 first = _mm512_castsi512_ps(_mm512_and_si512(_mm512_castps_si512(wide), digits));
      high[part] = upper(first);
      low[part] = upper(_mm512_sub_ps(wide, first));
    }
    _mm512_store_si512(to, _mm512_inserti64x4(_mm512_castsi256_si512(high[0]), high[1], 1));
    _mm512_store_si512(to + kTileBytes, _mm512_inserti64x4(_mm512_castsi256_si512(low[0]), low[1], 1));
    const __m512i exponent = _mm512_set1_epi16(0x7c00);
    return _mm512_cmpeq_epi16_mask(_mm512_and_si512(values, exponent), exponent);
  }
};

template <int flip>
struct Bytes {
  static constexpr int kSize = 1, kTiles = 1;
  [[VGPU_AVX512, gnu::always_inline]] static inline __mmask32 store(__m512i values, std::byte* to) {
    _mm512_store_si512(to, _mm512_xor_si512(values, _mm512_set1_epi8(static_cast<char>(flip))));
    return 0;
  }
};

template <class Values>
[[VGPU_AVX512]] bool pack(const Panel& panel, Arrangement arrangement, std::byte* to) {
  constexpr std::int64_t kStep = 64 / Values::kSize;
  const bool as_they_are = panel.along_depth == (arrangement == Arrangement::LineByLine);
  __mmask32 refused = 0;
  for (std::int64_t depth = 0; depth < panel.depth; depth += kStep) {
    __m512i tile[16];
    if (panel.along_depth) {
      load_lines<Values::kSize>(panel, depth, tile);
    } else {
      load_groups<Values::kSize>(panel, depth, tile);
    }
    if (!as_they_are) transpose_tile(tile);
    for (int row = 0; row < 16; ++row) refused |= Values::store(tile[row], to + row * 64);
    to += kTileBytes * Values::kTiles;
  }
  return refused == 0;
}

}  // namespace

bool pack_bfloats_left(const Panel& panel, std::byte* to) {
  return pack<Bfloats>(panel, Arrangement::LineByLine, to);
}
bool pack_bfloats_right(const Panel& panel, std::byte* to) {
  return pack<Bfloats>(panel, Arrangement::GroupByGroup, to);
}
bool pack_halves_left(const Panel& panel, std::byte* to) {
  return pack<Halves>(panel, Arrangement::LineByLine, to);
}
bool pack_halves_right(const Panel& panel, std::byte* to) {
  return pack<Halves>(panel, Arrangement::GroupByGroup, to);
}
bool pack_bytes_left(const Panel& panel, std::byte* to) {
  return pack<Bytes<0>>(panel, Arrangement::LineByLine, to);
}
bool pack_bytes_right(const Panel& panel, std::byte* to) {
  return pack<Bytes<0>>(panel, Arrangement::GroupByGroup, to);
}
bool pack_unsigned_bytes_left(const Panel& panel, std::byte* to) {
  return pack<Bytes<0x80>>(panel, Arrangement::LineByLine, to);
}

// All lines side by side: memory is read faster in several streams than in one.
[[VGPU_AVX512]] bool no_bfloat_is_subnormal(const Panel& panel) {
  __mmask32 found = 0;
  for (std::int64_t depth = 0; depth < panel.depth; depth += 32) {
    const std::byte* from = panel.first + depth * 2;
    for (std::int64_t line = 0; line < panel.lines; ++line, from += panel.stride) {
      found |= subnormals(_mm512_loadu_si512(from));
    }
  }
  return found == 0;
}

[[VGPU_AVX512]] void transpose(const std::uint32_t* from, std::int64_t from_stride, std::uint32_t* to,
                               std::int64_t to_stride) {
  __m512i tile[16];
  for (int row = 0; row < 16; ++row) tile[row] = _mm512_loadu_si512(from + row * from_stride);
  transpose_tile(tile);
  for (int row = 0; row < 16; ++row) _mm512_storeu_si512(to + row * to_stride, tile[row]);
}

}  // namespace vgpu::blas::avx512
