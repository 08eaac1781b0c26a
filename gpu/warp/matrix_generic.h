// The matrix products in plain C++, compiled once per instruction set. Everything is in an anonymous namespace so that
// no code made for one instruction set can be linked into another. Sums run over k upwards, one f32 fma (or 32-bit
// integer step) each; an f16 result is rounded once, at the end.
#include <bit>
#include <cstdint>

#include "gpu/warp/matrix_fragments.h"
#include "gpu/warp/routines.h"

namespace vgpu::warp {
namespace {

using ptx::MatrixLayout;
using ptx::MatrixRole;
using ptx::Type;
using Words = std::uint32_t*;
using ConstWords = const std::uint32_t*;

float to_float(std::uint32_t half) {
  const std::uint32_t magnitude = (half & 0x7fffu) << 13;
  const std::uint32_t infinite = magnitude >= 0x0f800000u ? 0x38000000u : 0u;
  const float tiny = static_cast<float>(static_cast<std::int32_t>(half & 0x7fffu)) * 0x1p-24f;
  const std::uint32_t value =
      magnitude < 0x00800000u ? std::bit_cast<std::uint32_t>(tiny) : magnitude + 0x38000000u + infinite;
  return std::bit_cast<float>(value | (half & 0x8000u) << 16);
}

std::uint32_t to_half(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  const std::uint32_t normal = (magnitude - 0x38000000u + 0xfffu + (magnitude >> 13 & 1)) >> 13;
  const std::uint32_t tiny = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000u;
  std::uint32_t result = magnitude < 0x38800000u ? tiny : normal;
  result = (magnitude >= 0x477ff000u ? 0x7c00u : result) | (bits >> 16 & 0x8000u);
  return magnitude > 0x7f800000u ? 0x7fffu : result;
}

template <Type T>
struct Element;
template <>
struct Element<Type::F16> {
  using Value = float;
  static float load(std::uint32_t word, int part) { return to_float(word >> (16 * part) & 0xffffu); }
};
template <>
struct Element<Type::BF16> {
  using Value = float;
  static float load(std::uint32_t word, int part) {
    return std::bit_cast<float>(part != 0 ? word & 0xffff0000u : word << 16);
  }
};
template <>
struct Element<Type::TF32> {
  using Value = float;
  static float load(std::uint32_t word, int) { return std::bit_cast<float>(word & 0xffffe000u); }
};
template <>
struct Element<Type::F32> {
  using Value = float;
  static float load(std::uint32_t word, int) { return std::bit_cast<float>(word); }
};
template <>
struct Element<Type::S32> {
  using Value = std::uint32_t;
  static std::uint32_t load(std::uint32_t word, int) { return word; }
};
template <>
struct Element<Type::S8> {
  using Value = std::uint32_t;
  static std::uint32_t load(std::uint32_t word, int part) {
    return static_cast<std::uint32_t>(static_cast<std::int8_t>(word >> (8 * part)));
  }
};
template <>
struct Element<Type::U8> {
  using Value = std::uint32_t;
  static std::uint32_t load(std::uint32_t word, int part) { return word >> (8 * part) & 0xffu; }
};

template <Type T>
typename Element<T>::Value fetch(ConstWords source, Place place) {
  return Element<T>::load(source[place.reg * 32 + place.lane], place.part);
}

template <Type T, class Value>
void put(Words target, Place place, Value value) {
  std::uint32_t& word = target[place.reg * 32 + place.lane];
  if constexpr (T == Type::F16) {
    word = place.part == 0 ? to_half(value) : word | to_half(value) << 16;
  } else {
    word = std::bit_cast<std::uint32_t>(value);
  }
}

inline float step(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}
inline std::uint32_t step(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  return a * b + c;
}

// Row by row; a, b and c are row-major.
template <int M, int N, int K, class Value>
void multiply_rows(const Value (&a)[M][K], const Value (&b)[K][N], Value (&c)[M][N]) {
  for (int row = 0; row < M; ++row)
    for (int k = 0; k < K; ++k)
      for (int column = 0; column < N; ++column) c[row][column] = step(a[row][k], b[k][column], c[row][column]);
}

template <int M, int N, int K, Type D, Type A, Type B, Type C>
struct Mma {
  static void run(Words d, ConstWords a, ConstWords b, ConstWords c) {
    using Value = typename Element<C>::Value;
    Value rows[M][K], columns[K][N], sums[M][N];
    for (int i = 0; i < M; ++i)
      for (int k = 0; k < K; ++k) rows[i][k] = fetch<A>(a, place_a<M, per_register(A)>(i, k));
    for (int k = 0; k < K; ++k)
      for (int j = 0; j < N; ++j) columns[k][j] = fetch<B>(b, place_b<per_register(B)>(k, j));
    for (int i = 0; i < M; ++i)
      for (int j = 0; j < N; ++j) sums[i][j] = fetch<C>(c, place_c<per_register(C)>(i, j));
    multiply_rows<M, N, K>(rows, columns, sums);
    for (int i = 0; i < M; ++i)
      for (int j = 0; j < N; ++j) put<D>(d, place_c<per_register(D)>(i, j), sums[i][j]);
  }
};

template <MatrixLayout LayoutA, MatrixLayout LayoutB, Type D, Type C>
struct MmaQuad {
  static void run(Words d, ConstWords a, ConstWords b, ConstWords c) {
    for (int quad = 0; quad < 4; ++quad) {
      float rows[8][4], columns[4][8], sums[8][8];
      for (int i = 0; i < 8; ++i)
        for (int k = 0; k < 4; ++k) rows[i][k] = fetch<Type::F16>(a, quad_place_a<LayoutA>(quad, i, k));
      for (int k = 0; k < 4; ++k)
        for (int j = 0; j < 8; ++j) columns[k][j] = fetch<Type::F16>(b, quad_place_b<LayoutB>(quad, k, j));
      for (int i = 0; i < 8; ++i)
        for (int j = 0; j < 8; ++j) sums[i][j] = fetch<C>(c, quad_place_c<per_register(C)>(quad, i, j));
      multiply_rows<8, 8, 4>(rows, columns, sums);
      for (int i = 0; i < 8; ++i)
        for (int j = 0; j < 8; ++j) put<D>(d, quad_place_c<per_register(D)>(quad, i, j), sums[i][j]);
    }
  }
};

template <int M, int N, int K, Type D, Type A, Type C>
struct Wmma {
  static void run(Words d, ConstWords a, ConstWords b, ConstWords c) {
    using Value = typename Element<C == Type::F16 ? Type::F32 : C>::Value;
    Value rows[M][K], columns[K][N], sums[M][N];
    for (int i = 0; i < M; ++i)
      for (int k = 0; k < K; ++k) rows[i][k] = fetch<A>(a, tile_place<per_register(A)>(i * K + k));
    for (int k = 0; k < K; ++k)
      for (int j = 0; j < N; ++j) columns[k][j] = fetch<A>(b, tile_place<per_register(A)>(k * N + j));
    for (int i = 0; i < M; ++i)
      for (int j = 0; j < N; ++j) sums[i][j] = fetch<C>(c, tile_place<per_register(C)>(i * N + j));
    multiply_rows<M, N, K>(rows, columns, sums);
    for (int i = 0; i < M; ++i)
      for (int j = 0; j < N; ++j) put<D>(d, tile_place<per_register(D)>(i * N + j), sums[i][j]);
  }
};

}  // namespace
}  // namespace vgpu::warp
