#include <immintrin.h>

#include <algorithm>
#include <cstring>

#include "gpu/blas/multiply.h"

#define VGPU_AVX2 gnu::target("avx2")

namespace vgpu::blas::avx2 {
namespace {

constexpr int kLines = 4;  // of the left factor at a time, with 16 of the right one: 8 sums in 16 registers

// The pair of values at `depth` of a line, as 16-bit numbers.
[[gnu::always_inline]] inline std::uint32_t pair(const Panel& panel, std::int64_t line, std::int64_t depth) {
  const std::int64_t step = panel.along_depth ? 1 : panel.stride;
  const auto* at =
      reinterpret_cast<const std::int8_t*>(panel.first) + line * (panel.along_depth ? panel.stride : 1) + depth * step;
  const auto low = static_cast<std::uint16_t>(at[0]);
  const auto high = depth + 1 < panel.depth ? static_cast<std::uint16_t>(at[step]) : std::uint16_t{0};
  return static_cast<std::uint32_t>(high) << 16 | low;
}

[[gnu::always_inline]] inline void pack(const Panel& panel, std::int64_t line_stride, std::int64_t group_stride,
                                        std::byte* bytes) {
  auto* to = reinterpret_cast<std::uint32_t*>(bytes);
  const std::int64_t steps = (panel.depth + 2 * kTileGroups - 1) / (2 * kTileGroups);
  if (panel.lines < kTileLines || panel.depth % (2 * kTileGroups) != 0) {
    std::memset(to, 0, static_cast<std::size_t>(steps * kTileBytes));
  }
  for (std::int64_t step = 0; step < steps; ++step, to += kTileLines * kTileGroups) {
    const std::int64_t from = step * 2 * kTileGroups;
    const std::int64_t groups = std::min(kTileGroups, (panel.depth - from + 1) / 2);
    for (std::int64_t line = 0; line < panel.lines; ++line) {
      for (std::int64_t group = 0; group < groups; ++group) {
        to[line * line_stride + group * group_stride] = pair(panel, line, from + 2 * group);
      }
    }
  }
}

[[VGPU_AVX2]] void multiply_lines(const PackedBlock& block, const std::byte* left, const std::byte* right,
                                  std::uint32_t* to) {
  __m256i sums[kLines][2];
  for (int line = 0; line < kLines; ++line) {
    auto* old = reinterpret_cast<const __m256i*>(to + line * block.sums_stride);
    for (int half = 0; half < 2; ++half) {
      sums[line][half] = block.add ? _mm256_load_si256(old + half) : _mm256_setzero_si256();
    }
  }
  for (std::int64_t step = 0; step < block.steps; ++step) {
    for (std::int64_t group = 0; group < kTileGroups; ++group) {
      auto* values = reinterpret_cast<const __m256i*>(right + (step * kTileGroups + group) * 64);
      const __m256i low = _mm256_load_si256(values);
      const __m256i high = _mm256_load_si256(values + 1);
      for (int line = 0; line < kLines; ++line) {
        int bits;
        std::memcpy(&bits, left + step * block.left_step_stride + line * block.left_line_stride + group * 4, 4);
        const __m256i all = _mm256_set1_epi32(bits);
        sums[line][0] = _mm256_add_epi32(sums[line][0], _mm256_madd_epi16(all, low));
        sums[line][1] = _mm256_add_epi32(sums[line][1], _mm256_madd_epi16(all, high));
      }
    }
  }
  for (int line = 0; line < kLines; ++line) {
    auto* out = reinterpret_cast<__m256i*>(to + line * block.sums_stride);
    for (int half = 0; half < 2; ++half) _mm256_store_si256(out + half, sums[line][half]);
  }
}

}  // namespace

bool pack_bytes_left(const Panel& panel, std::byte* to) {
  pack(panel, kTileGroups, 1, to);
  return true;
}
bool pack_bytes_right(const Panel& panel, std::byte* to) {
  pack(panel, 1, kTileLines, to);
  return true;
}

void multiply_bytes(const PackedBlock& block) {
  for (std::int64_t panel = 0; panel < block.right_panels; ++panel) {
    const std::byte* right = block.right + panel * block.steps * kTileBytes;
    for (std::int64_t line = 0; line < block.left_panels * kTileLines; line += kLines) {
      const std::byte* left =
          block.left + line / kTileLines * block.left_panel_stride + line % kTileLines * block.left_line_stride;
      multiply_lines(block, left, right,
                     static_cast<std::uint32_t*>(block.sums) + line * block.sums_stride + panel * kTileLines);
    }
  }
}

void transpose(const std::uint32_t* from, std::int64_t from_stride, std::uint32_t* to, std::int64_t to_stride) {
  for (std::int64_t row = 0; row < kTileLines; ++row) {
    for (std::int64_t column = 0; column < kTileLines; ++column) {
      to[column * to_stride + row] = from[row * from_stride + column];
    }
  }
}

}  // namespace vgpu::blas::avx2
