#pragma once

#include <bit>
#include <cstdint>

namespace vgpu {

// What compiled code knows of the blocks that it is run in: how many threads of a warp lie in one row of the block.
//   35       x is 32 and z is 1: tid.y is the warp's number
//   34       y and z are 1 and x is a multiple of 32: lanes have consecutive tid.x, 32 times the warp's number and on
//   33       the block is one warp in a row: x is 32, y and z are 1
//   32       the x size is a multiple of 32: lanes have consecutive tid.x, and equal tid.y and tid.z
//   1 to 16  the x size is this power of two, and the y size such that a warp is 32 / x whole rows of one tid.z
//   0        nothing
// Unless it is 0, all lanes of all warps exist.
using WarpRow = std::uint32_t;

inline constexpr WarpRow kAnyBlock = 0, kWholeRow = 32, kOneWarp = 33, kRowOfWarps = 34, kColumnOfWarps = 35;

// The most that can be known of blocks of this size.
constexpr WarpRow warp_row(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
  if (x == 32 && z == 1) return y == 1 ? kOneWarp : kColumnOfWarps;
  if (x % 32 == 0) return y == 1 && z == 1 ? kRowOfWarps : kWholeRow;
  return x < 32 && std::has_single_bit(x) && y % (32 / x) == 0 ? x : kAnyBlock;
}

}  // namespace vgpu
