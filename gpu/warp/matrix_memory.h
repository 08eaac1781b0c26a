#pragma once

#include <cstdint>
#include <cstring>

#include "gpu/warp/matrix_fragments.h"

// ldmatrix, stmatrix, movmatrix and the loads and stores of wmma.
namespace vgpu::warp {

// ldmatrix: lane 8j + r passes the address of row r (eight b16) of matrix j, which becomes register j.
template <int Count, bool Transposed>
void load_matrix(std::uint32_t* d, const std::uint64_t* addresses) {
  for (int matrix = 0; matrix < Count; ++matrix) {
    std::uint16_t rows[8][8];
    for (int row = 0; row < 8; ++row)
      std::memcpy(rows[row], reinterpret_cast<const void*>(addresses[matrix * 8 + row]), 16);
    for (int lane = 0; lane < 32; ++lane) {
      const int major = lane / 4;
      const int minor = lane % 4 * 2;
      const std::uint32_t low = Transposed ? rows[minor][major] : rows[major][minor];
      const std::uint32_t high = Transposed ? rows[minor + 1][major] : rows[major][minor + 1];
      d[matrix * 32 + lane] = low | high << 16;
    }
  }
}

// stmatrix: the other way round.
template <int Count, bool Transposed>
void store_matrix(const std::uint64_t* addresses, const std::uint32_t* source) {
  for (int matrix = 0; matrix < Count; ++matrix) {
    std::uint16_t rows[8][8];
    for (int lane = 0; lane < 32; ++lane) {
      const int major = lane / 4;
      const int minor = lane % 4 * 2;
      const std::uint32_t word = source[matrix * 32 + lane];
      (Transposed ? rows[minor][major] : rows[major][minor]) = static_cast<std::uint16_t>(word);
      (Transposed ? rows[minor + 1][major] : rows[major][minor + 1]) = static_cast<std::uint16_t>(word >> 16);
    }
    for (int row = 0; row < 8; ++row) std::memcpy(reinterpret_cast<void*>(addresses[matrix * 8 + row]), rows[row], 16);
  }
}

// movmatrix.sync.aligned.m8n8.trans.b16
inline void transpose_matrix(std::uint32_t* d, const std::uint32_t* a) {
  for (int lane = 0; lane < 32; ++lane) {
    const int row = lane / 4;
    const int column = lane % 4 * 2;
    const std::uint32_t low = a[column * 4 + row / 2] >> (16 * (row % 2)) & 0xffffu;
    const std::uint32_t high = a[(column + 1) * 4 + row / 2] >> (16 * (row % 2)) & 0xffffu;
    d[lane] = low | high << 16;
  }
}

template <ptx::MatrixRole Role, int M, int N, int K>
struct TileSize {
  static constexpr int kRows = Role == ptx::MatrixRole::B ? K : M;
  static constexpr int kColumns = Role == ptx::MatrixRole::A ? K : N;
};

template <ptx::MatrixRole Role, int M, int N, int K, ptx::Type T, ptx::MatrixLayout Layout>
void load_tile(std::uint32_t* d, std::uint64_t address, std::uint32_t stride) {
  using Size = TileSize<Role, M, N, K>;
  constexpr int kParts = per_register(T);
  constexpr int kBytes = 4 / kParts;
  std::memset(d, 0, sizeof(std::uint32_t) * 32 * tile_registers(Role, T, M, N, K));
  for (int row = 0; row < Size::kRows; ++row)
    for (int column = 0; column < Size::kColumns; ++column) {
      const std::uint64_t index = Layout == ptx::MatrixLayout::Row ? std::uint64_t{stride} * row + column
                                                                   : std::uint64_t{stride} * column + row;
      const Place place = tile_place<kParts>(row * Size::kColumns + column);
      auto* target = reinterpret_cast<std::byte*>(d + place.reg * 32 + place.lane) + place.part * kBytes;
      std::memcpy(target, reinterpret_cast<const void*>(address + index * kBytes), kBytes);
    }
}

template <int M, int N, int K, ptx::Type T, ptx::MatrixLayout Layout>
void store_tile(std::uint64_t address, std::uint32_t stride, const std::uint32_t* source) {
  constexpr int kParts = per_register(T);
  constexpr int kBytes = 4 / kParts;
  for (int row = 0; row < M; ++row)
    for (int column = 0; column < N; ++column) {
      const std::uint64_t index = Layout == ptx::MatrixLayout::Row ? std::uint64_t{stride} * row + column
                                                                   : std::uint64_t{stride} * column + row;
      const Place place = tile_place<kParts>(row * N + column);
      const auto* from = reinterpret_cast<const std::byte*>(source + place.reg * 32 + place.lane);
      std::memcpy(reinterpret_cast<void*>(address + index * kBytes), from + place.part * kBytes, kBytes);
    }
}

}  // namespace vgpu::warp
