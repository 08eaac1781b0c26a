#include <immintrin.h>

#include "gpu/warp/matrix_generic.h"
#include "gpu/warp/matrix_sets.h"

// mma with f16 and 8-bit inputs on fragments as they lie in the registers: lane l of the result needs row l / 4 of A,
// which is spread over the four lanes of its group (an in-group broadcast), and columns 2 (l % 4) and 2 (l % 4) + 1
// of B (a permutation that is the same for both halves of the warp).
namespace vgpu::warp {
namespace {

__m512i load(ConstWords source, int index) {
  return _mm512_loadu_si512(source + index * 16);
}

// Lanes (2 (l % 4) + column) * 4 + group of 32, for 16 lanes: the source of B's `column` for the quarter `group` of k.
__m512i column_lanes(int column, int group) {
  const int first = column * 4 + group;
  const __m512i base = _mm512_setr_epi32(0, 8, 16, 24, 0, 8, 16, 24, 0, 8, 16, 24, 0, 8, 16, 24);
  return _mm512_add_epi32(base, _mm512_set1_epi32(first));
}

template <int Group>
__m512i spread(__m512i a) {
  return _mm512_shuffle_epi32(a, static_cast<_MM_PERM_ENUM>(Group * 0x55));
}

__m512 half_low(__m512i words) {
  return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(words));
}
__m512 half_high(__m512i words) {
  return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(_mm512_srli_epi32(words, 16)));
}
__m512 brain_low(__m512i words) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(words, 16));
}
__m512 brain_high(__m512i words) {
  return _mm512_castsi512_ps(_mm512_and_si512(words, _mm512_set1_epi32(static_cast<int>(0xffff0000u))));
}

template <Type T>
__m512 part(__m512i words, int which) {
  if constexpr (T == Type::F16) return which == 0 ? half_low(words) : half_high(words);
  return which == 0 ? brain_low(words) : brain_high(words);
}

// sums[row half][column parity][warp half]
using Sums = __m512[2][2][2];

template <int Group, Type T>
void float_group(Sums& sums, const __m512 (&a)[2][2][2], const __m512 (&b)[2][2]) {
  for (int which = 0; which < 2; ++which) {
    __m512 columns[2];
    for (int column = 0; column < 2; ++column)
      columns[column] = _mm512_permutex2var_ps(b[which][0], column_lanes(column, Group), b[which][1]);
    for (int row = 0; row < 2; ++row)
      for (int warp_half = 0; warp_half < 2; ++warp_half) {
        const __m512 value = _mm512_permute_ps(a[which][row][warp_half], Group * 0x55);
        for (int column = 0; column < 2; ++column)
          sums[row][column][warp_half] = _mm512_fmadd_ps(value, columns[column], sums[row][column][warp_half]);
      }
  }
}

template <Type T, int K>
void float_product(Sums& sums, ConstWords a, ConstWords b) {
  for (int eight = 0; eight < K / 8; ++eight) {
    __m512 rows[2][2][2], columns[2][2];
    for (int which = 0; which < 2; ++which)
      for (int warp_half = 0; warp_half < 2; ++warp_half) {
        columns[which][warp_half] = part<T>(load(b, eight * 2 + warp_half), which);
        for (int row = 0; row < 2; ++row)
          rows[which][row][warp_half] = part<T>(load(a, (eight * 2 + row) * 2 + warp_half), which);
      }
    float_group<0, T>(sums, rows, columns);
    float_group<1, T>(sums, rows, columns);
    float_group<2, T>(sums, rows, columns);
    float_group<3, T>(sums, rows, columns);
  }
}

template <int K, Type A>
struct MmaToFloat {
  static void run(Words d, ConstWords a, ConstWords b, ConstWords c) {
    Sums sums;
    for (int i = 0; i < 8; ++i) sums[i / 4][i / 2 % 2][i % 2] = _mm512_castsi512_ps(load(c, i));
    float_product<A, K>(sums, a, b);
    for (int i = 0; i < 8; ++i) _mm512_storeu_ps(d + i * 16, sums[i / 4][i / 2 % 2][i % 2]);
  }
};
template <>
struct Mma<16, 8, 8, Type::F32, Type::F16, Type::F16, Type::F32> : MmaToFloat<8, Type::F16> {};
template <>
struct Mma<16, 8, 16, Type::F32, Type::F16, Type::F16, Type::F32> : MmaToFloat<16, Type::F16> {};
template <>
struct Mma<16, 8, 8, Type::F32, Type::BF16, Type::BF16, Type::F32> : MmaToFloat<8, Type::BF16> {};
template <>
struct Mma<16, 8, 16, Type::F32, Type::BF16, Type::BF16, Type::F32> : MmaToFloat<16, Type::BF16> {};

__m512i to_half_words(__m512 value) {
  const __m512i half = _mm512_cvtepu16_epi32(_mm512_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  const __mmask16 is_nan = _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
  return _mm512_mask_mov_epi32(half, is_nan, _mm512_set1_epi32(0x7fff));
}

template <int K>
struct MmaToHalf {
  static void run(Words d, ConstWords a, ConstWords b, ConstWords c) {
    Sums sums;
    for (int row = 0; row < 2; ++row)
      for (int warp_half = 0; warp_half < 2; ++warp_half) {
        const __m512i words = load(c, row * 2 + warp_half);
        sums[row][0][warp_half] = half_low(words);
        sums[row][1][warp_half] = half_high(words);
      }
    float_product<Type::F16, K>(sums, a, b);
    for (int row = 0; row < 2; ++row)
      for (int warp_half = 0; warp_half < 2; ++warp_half) {
        const __m512i low = to_half_words(sums[row][0][warp_half]);
        const __m512i high = to_half_words(sums[row][1][warp_half]);
        _mm512_storeu_si512(d + (row * 2 + warp_half) * 16, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
      }
  }
};
template <>
struct Mma<16, 8, 8, Type::F16, Type::F16, Type::F16, Type::F16> : MmaToHalf<8> {};
template <>
struct Mma<16, 8, 16, Type::F16, Type::F16, Type::F16, Type::F16> : MmaToHalf<16> {};

// One group of four k: s8 x s8 as (a + 128) x b, whose surplus 128 * sum(b) is summed in `surplus`.
template <int Rows>
struct ByteSums {
  __m512i sums[Rows][2][2];
  __m512i surplus[2];
};

template <int Group, int Rows>
void byte_group(ByteSums<Rows>& state, const __m512i (&a)[Rows][2], const __m512i (&b)[2]) {
  for (int column = 0; column < 2; ++column) {
    const __m512i values = _mm512_permutex2var_epi32(b[0], column_lanes(column, Group), b[1]);
    state.surplus[column] =
        _mm512_dpbusd_epi32(state.surplus[column], _mm512_set1_epi8(static_cast<char>(0x80)), values);
    for (int row = 0; row < Rows; ++row)
      for (int warp_half = 0; warp_half < 2; ++warp_half)
        state.sums[row][column][warp_half] =
            _mm512_dpbusd_epi32(state.sums[row][column][warp_half], spread<Group>(a[row][warp_half]), values);
  }
}

template <int M, int K>
struct MmaBytes {
  static void run(Words d, ConstWords a, ConstWords b, ConstWords c) {
    constexpr int kRows = M / 8;
    ByteSums<kRows> state;
    state.surplus[0] = state.surplus[1] = _mm512_setzero_si512();
    for (int i = 0; i < kRows * 4; ++i) state.sums[i / 4][i / 2 % 2][i % 2] = load(c, i);
    const __m512i offset = _mm512_set1_epi8(static_cast<char>(0x80));
    for (int sixteen = 0; sixteen < K / 16; ++sixteen) {
      __m512i rows[kRows][2];
      for (int i = 0; i < kRows * 2; ++i)
        rows[i / 2][i % 2] = _mm512_xor_si512(load(a, sixteen * kRows * 2 + i), offset);
      const __m512i columns[2] = {load(b, sixteen * 2), load(b, sixteen * 2 + 1)};
      byte_group<0>(state, rows, columns);
      byte_group<1>(state, rows, columns);
      byte_group<2>(state, rows, columns);
      byte_group<3>(state, rows, columns);
    }
    for (int i = 0; i < kRows * 4; ++i)
      _mm512_storeu_si512(d + i * 16, _mm512_sub_epi32(state.sums[i / 4][i / 2 % 2][i % 2], state.surplus[i / 2 % 2]));
  }
};
template <>
struct Mma<8, 8, 16, Type::S32, Type::S8, Type::S8, Type::S32> : MmaBytes<8, 16> {};
template <>
struct Mma<16, 8, 16, Type::S32, Type::S8, Type::S8, Type::S32> : MmaBytes<16, 16> {};
template <>
struct Mma<16, 8, 32, Type::S32, Type::S8, Type::S8, Type::S32> : MmaBytes<16, 32> {};

}  // namespace

const MultiplyFunction* avx512_matrix_functions() {
#include "gpu/warp/matrix_table.inc"
  return kFunctions;
}

}  // namespace vgpu::warp
