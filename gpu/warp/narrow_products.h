#pragma once

#include <bit>
#include <cstdint>

#include "gpu/ptx/types.h"

// mma of elements below a byte: four bits with or without a sign, and single bits.
namespace vgpu::warp {

enum class BitProduct { Xor, And };

// Elements of one 32-bit register.
constexpr int narrow_elements(ptx::Type type) {
  return type == ptx::Type::B1 ? 32 : 8;
}

inline std::int32_t nibble(std::uint32_t word, int position, bool is_signed) {
  const std::uint32_t bits = word >> 4 * position & 0xf;
  return is_signed && bits >= 8 ? static_cast<std::int32_t>(bits) - 16 : static_cast<std::int32_t>(bits);
}

template <ptx::Type A, ptx::Type B, BitProduct Operation>
std::uint32_t dot_of_words(std::uint32_t a, std::uint32_t b) {
  if constexpr (A == ptx::Type::B1) {
    return static_cast<std::uint32_t>(std::popcount(Operation == BitProduct::And ? a & b : a ^ b));
  } else {
    std::int32_t sum = 0;
    for (int i = 0; i < 8; ++i) sum += nibble(a, i, A == ptx::Type::S4) * nibble(b, i, B == ptx::Type::S4);
    return static_cast<std::uint32_t>(sum);
  }
}

// Lane 4 i + t holds word t of row i of A and of column i of B; of C and D it holds columns 2 t and 2 t + 1 of row i.
// Further registers of A hold row i + 8 and, then, the next four words of k (PTX manual, "Matrix fragments for mma").
template <int M, int K, ptx::Type A, ptx::Type B, BitProduct Operation = BitProduct::Xor>
void multiply_narrow(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* b, const std::uint32_t* c) {
  constexpr int kWords = K / narrow_elements(A);
  for (int row = 0; row < M; ++row)
    for (int column = 0; column < 8; ++column) {
      const int target = (row / 8 * 2 + column % 2) * 32 + row % 8 * 4 + column / 2;
      std::uint32_t sum = c[target];
      for (int word = 0; word < kWords; ++word) {
        const std::uint32_t of_row = a[(word / 4 * (M / 8) + row / 8) * 32 + row % 8 * 4 + word % 4];
        const std::uint32_t of_column = b[word / 4 * 32 + column * 4 + word % 4];
        sum += dot_of_words<A, B, Operation>(of_row, of_column);
      }
      d[target] = sum;
    }
}

}  // namespace vgpu::warp
