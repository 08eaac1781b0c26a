#pragma once

#include <cstddef>
#include <cstdint>

#include "gpu/blas/product.h"

// Products with instructions that multiply groups of values: 32 bits with two or four values of one line, whose
// products are added up. A line is a row of op(A) or a column of op(B). Factors are packed in tiles of 16 lines and 16
// groups: the left factor line by line, the right one group by group, so that a tile of the product is a sum over
// groups of the left tile's column times the right tile's row. That is AMX's layout, and vectors of 16 sums do with it
// as well.
namespace vgpu::blas {

constexpr std::int64_t kTileLines = 16;
constexpr std::int64_t kTileGroups = 16;
constexpr std::int64_t kTileBytes = 1024;

// Up to 16 lines of a factor. `stride` is the bytes from line to line where the values of a line are adjacent
// (`along_depth`), else from depth to depth.
struct Panel {
  const std::byte* first = nullptr;
  std::int64_t stride = 0;
  bool along_depth = false;
  std::int64_t lines = 0, depth = 0;
};

enum class Arrangement : std::uint8_t { LineByLine, GroupByGroup };

// Panels of both factors, all `steps` tiles deep, and where their product goes: sums of 32 bits, `sums_stride` of them
// from left line to left line.
struct PackedBlock {
  const std::byte* left = nullptr;
  std::int64_t left_panel_stride = 0, left_step_stride = 0, left_line_stride = 0;  // bytes
  const std::byte* right = nullptr;                                                // panels follow each other
  std::int64_t left_panels = 0, right_panels = 0, steps = 0;
  void* sums = nullptr;
  std::int64_t sums_stride = 0;
  bool add = false;  // to the sums that are there
};

// How one set of instructions computes products of one type.
struct PackedMethod {
  // Measured: with fewer columns it is faster to read A as it is (thin.h), in larger products to convert.
  std::int64_t fewest_columns = 9, largest_short_side = std::int64_t{1} << 62;
  std::int64_t values_in_group = 2;
  std::int64_t tiles_in_step = 1;
  bool left_in_place = false;  // where lines are full and along the depth, `multiply` can read them unpacked
  // Both return false where the instructions do not compute with these values as the device does. `pack` fills up lines
  // and depth with zeros.
  bool (*pack_left)(const Panel& panel, std::byte* to) = nullptr;
  bool (*pack_right)(const Panel& panel, std::byte* to) = nullptr;
  bool (*check)(const Panel& panel) = nullptr;  // null: all values will do
  void (*multiply)(const PackedBlock& block) = nullptr;
  void (*transpose)(const std::uint32_t* from, std::int64_t from_stride, std::uint32_t* to,
                    std::int64_t to_stride) = nullptr;  // 16 x 16
};

// The method for values of this type with the instructions in use; null where there is none. For types that no
// instructions are made for, the kernel is not asked for any.
const PackedMethod* packed_method(DataType type);

// op(A) op(B); without values where the method cannot take these factors.
Sums multiply_packed(const PackedMethod& method, const Product& product);

}  // namespace vgpu::blas
