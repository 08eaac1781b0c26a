#include <immintrin.h>

#include "gpu/blas/multiply.h"

#define VGPU_AMX gnu::target("amx-tile,amx-int8,amx-bf16,avx512f")

namespace vgpu::blas::amx {
namespace {

// Eight tiles of 16 rows of 64 bytes: 0 to 3 are sums, 4 and 5 of the left factor, 6 and 7 of the right one.
struct alignas(64) TileConfiguration {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
constexpr TileConfiguration kConfiguration;

enum class Values { Bfloats, SplitHalves, Bytes };

// Macros, because a tile's number is part of the instruction.
#define VGPU_DOT(sums, left, right)        \
  if constexpr (values == Values::Bytes) { \
    _tile_dpbssd(sums, left, right);       \
  } else {                                 \
    _tile_dpbf16ps(sums, left, right);     \
  }
#define VGPU_DOTS                                        \
  VGPU_DOT(0, 4, 6)                                      \
  if constexpr (right_panels == 2) {                     \
    VGPU_DOT(1, 4, 7)                                    \
  }                                                      \
  if constexpr (left_panels == 2) {                      \
    VGPU_DOT(2, 5, 6)                                    \
  }                                                      \
  if constexpr (left_panels == 2 && right_panels == 2) { \
    VGPU_DOT(3, 5, 7)                                    \
  }
#define VGPU_LOAD_LEFT(at)           \
  _tile_loadd(4, (at), line_stride); \
  if constexpr (left_panels == 2) _tile_loadd(5, (at) + block.left_panel_stride, line_stride);
#define VGPU_LOAD_RIGHT(at) \
  _tile_loadd(6, (at), 64); \
  if constexpr (right_panels == 2) _tile_loadd(7, (at) + right_panel_stride, 64);

template <Values values, int left_panels, int right_panels>
[[VGPU_AMX]] void multiply_tiles(const PackedBlock& block, const std::byte* right, std::uint32_t* sums) {
  constexpr std::int64_t kTilesInStep = values == Values::SplitHalves ? 2 : 1;
  const std::int64_t line_stride = block.left_line_stride;
  const std::int64_t right_panel_stride = block.steps * kTileBytes * kTilesInStep;
  const std::int64_t sums_stride = block.sums_stride * 4;
  std::uint32_t* below = sums + kTileLines * block.sums_stride;
  if (block.add) {
    _tile_loadd(0, sums, sums_stride);
    if constexpr (right_panels == 2) _tile_loadd(1, sums + kTileLines, sums_stride);
    if constexpr (left_panels == 2) _tile_loadd(2, below, sums_stride);
    if constexpr (left_panels == 2 && right_panels == 2) _tile_loadd(3, below + kTileLines, sums_stride);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  const std::byte* left = block.left;
  for (std::int64_t step = 0; step < block.steps; ++step) {
    VGPU_LOAD_LEFT(left)
    VGPU_LOAD_RIGHT(right)
    VGPU_DOTS
    if constexpr (values == Values::SplitHalves) {
      // All four products of the parts, each pair of tiles loaded as late as possible.
      VGPU_LOAD_RIGHT(right + kTileBytes)
      VGPU_DOTS
      VGPU_LOAD_LEFT(left + kTileBytes)
      VGPU_DOTS
      VGPU_LOAD_RIGHT(right)
      VGPU_DOTS
    }
    left += block.left_step_stride;
    right += kTileBytes * kTilesInStep;
  }
  _tile_stored(0, sums, sums_stride);
  if constexpr (right_panels == 2) _tile_stored(1, sums + kTileLines, sums_stride);
  if constexpr (left_panels == 2) _tile_stored(2, below, sums_stride);
  if constexpr (left_panels == 2 && right_panels == 2) _tile_stored(3, below + kTileLines, sums_stride);
}

// Tiles are configured for one block at a time: a thread that keeps them carries 8 KB through each of its context
// switches.
template <Values values>
[[VGPU_AMX]] void multiply(const PackedBlock& block) {
  const std::int64_t panel_bytes = block.steps * kTileBytes * (values == Values::SplitHalves ? 2 : 1);
  auto* sums = static_cast<std::uint32_t*>(block.sums);
  _tile_loadconfig(&kConfiguration);
  for (std::int64_t panel = 0; panel < block.right_panels; panel += 2) {
    const std::byte* right = block.right + panel * panel_bytes;
    std::uint32_t* to = sums + panel * kTileLines;
    const bool two = panel + 1 < block.right_panels;
    if (block.left_panels == 2) {
      two ? multiply_tiles<values, 2, 2>(block, right, to) : multiply_tiles<values, 2, 1>(block, right, to);
    } else {
      two ? multiply_tiles<values, 1, 2>(block, right, to) : multiply_tiles<values, 1, 1>(block, right, to);
    }
  }
  _tile_release();
}

}  // namespace

void multiply_bfloats(const PackedBlock& block) {
  multiply<Values::Bfloats>(block);
}
void multiply_split_halves(const PackedBlock& block) {
  multiply<Values::SplitHalves>(block);
}
void multiply_bytes(const PackedBlock& block) {
  multiply<Values::Bytes>(block);
}

}  // namespace vgpu::blas::amx
