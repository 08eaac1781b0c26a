#pragma once

#include <cstdint>

#include "gpu/ptx/types.h"

// Where an element of a matrix lies in the registers of a warp (PTX ISA, "Matrix Fragments for mma").
namespace vgpu::warp {

// Elements of `type` in one 32-bit register.
constexpr int per_register(ptx::Type type) {
  switch (type) {
    case ptx::Type::F16:
    case ptx::Type::BF16:
      return 2;
    case ptx::Type::S8:
    case ptx::Type::U8:
      return 4;
    default:
      return 1;
  }
}

struct Place {
  int reg, lane, part;
};

// mma with m 8 or 16 and n 8. A lane's group is lane / 4; E elements of k lie in one register.
template <int M, int E>
constexpr Place place_a(int row, int k) {
  const int upper = row / 8;
  return {k / (4 * E) * (M / 8) + upper, row % 8 * 4 + k / E % 4, k % E};
}
template <int E>
constexpr Place place_b(int k, int column) {
  return {k / (4 * E), column * 4 + k / E % 4, k % E};
}
// E is 2 for f16 accumulators and 1 for 32-bit ones.
template <int E>
constexpr Place place_c(int row, int column) {
  return {E == 2 ? row / 8 : row / 8 * 2 + column % 2, row % 8 * 4 + column / 2, E == 2 ? column % 2 : 0};
}

// mma.m8n8k4: four independent products; product q uses lanes 4q..4q+3 and 16+4q..16+4q+3. Positions of an 8x4 A, a
// 4x8 B and an 8x8 C.
template <ptx::MatrixLayout Layout>
constexpr Place quad_place_a(int quad, int row, int k) {
  const int index = Layout == ptx::MatrixLayout::Row ? k : row % 4;
  const int within = Layout == ptx::MatrixLayout::Row ? row % 4 : k;
  return {index / 2, row / 4 * 16 + quad * 4 + within, index % 2};
}
template <ptx::MatrixLayout Layout>
constexpr Place quad_place_b(int quad, int k, int column) {
  const int index = Layout == ptx::MatrixLayout::Row ? column % 4 : k;
  const int within = Layout == ptx::MatrixLayout::Row ? k : column % 4;
  return {index / 2, column / 4 * 16 + quad * 4 + within, index % 2};
}
template <int E>
constexpr Place quad_place_c(int quad, int row, int column) {
  if (E == 2) return {column / 2, row / 4 * 16 + quad * 4 + row % 4, column % 2};
  // f32: index bits 2 and 0 with lane bit 1 are the column, lane bit 0 with index bit 1 the row.
  const int index = (column & 4) | (row & 2) | (column & 1);
  return {index, row / 4 * 16 + quad * 4 + (row & 1) + (column & 2), 0};
}

// wmma leaves the fragments to the implementation. Ours: element e of the row-major tile lies in register
// e / (32 * E) of lane e / E % 32. A tile smaller than its registers leaves the rest zero.
template <int E>
constexpr Place tile_place(int element) {
  return {element / (32 * E), element / E % 32, element % E};
}

// 32-bit registers that a wmma fragment has (PTX ISA, "Matrix Fragments for WMMA"): f16 A and B always have eight.
constexpr int tile_registers(ptx::MatrixRole role, ptx::Type type, int m, int n, int k) {
  const bool input = role == ptx::MatrixRole::A || role == ptx::MatrixRole::B;
  if (input && type == ptx::Type::F16) return 8;
  const int elements = role == ptx::MatrixRole::A ? m * k : role == ptx::MatrixRole::B ? k * n : m * n;
  return elements / per_register(type) / 32;
}

}  // namespace vgpu::warp
