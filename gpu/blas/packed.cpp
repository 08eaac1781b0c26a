#include "gpu/blas/packed.h"

#include <algorithm>

#include "gpu/blas/scratch.h"

namespace vgpu::blas {
namespace {

std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// The product of a left and a right factor, a slice of the depth after the other.
class Multiplication {
 public:
  Multiplication(const PackedMethod& method, DataType type, const Factor& left, std::int64_t left_lines,
                 const Factor& right, std::int64_t right_lines, std::uint32_t* sums)
      : method_(method),
        size_(static_cast<std::int64_t>(size_of(type))),
        left_(left),
        right_(right),
        left_lines_(left_lines),
        right_lines_(right_lines),
        sums_(sums),
        sums_stride_(round_up(right_lines, kTileLines)) {}

  bool run(std::int64_t depth) {
    const std::int64_t step = kTileGroups * method_.values_in_group;
    // A left panel pair stays in the first-level cache while the right factor, which is in the second-level one, passes
    // by. With few right lines nothing is read twice.
    const std::int64_t slice = step * (right_lines_ <= 32 ? 128 : 16 / method_.tiles_in_step);
    for (std::int64_t from = 0; from < depth; from += slice) {
      if (!add_slice(from, std::min(slice, depth - from))) return false;
    }
    return true;
  }

 private:
  [[nodiscard]] Panel panel(const Factor& factor, std::int64_t line, std::int64_t lines, std::int64_t from,
                            std::int64_t depth) const {
    const std::int64_t offset = factor.along_depth ? line * factor.ld + from : line + from * factor.ld;
    return {factor.first + offset * size_, factor.ld * size_, factor.along_depth, std::min(kTileLines, lines - line),
            depth};
  }

  bool add_slice(std::int64_t from, std::int64_t depth) {
    thread_local Scratch right_scratch;
    const std::int64_t steps =
        round_up(depth, kTileGroups * method_.values_in_group) / (kTileGroups * method_.values_in_group);
    const std::int64_t panel_bytes = steps * kTileBytes * method_.tiles_in_step;
    const std::int64_t right_panels = round_up(right_lines_, kTileLines) / kTileLines;
    PackedBlock block;
    std::byte* right = right_scratch.get(right_panels * panel_bytes);
    for (std::int64_t index = 0; index < right_panels; ++index) {
      if (!method_.pack_right(panel(right_, index * kTileLines, right_lines_, from, depth),
                              right + index * panel_bytes)) {
        return false;
      }
    }
    block.right = right;
    block.right_panels = right_panels;
    block.steps = steps;
    block.sums_stride = sums_stride_;
    block.add = from > 0;
    for (std::int64_t line = 0; line < left_lines_; line += 2 * kTileLines) {
      if (!prepare_left(block, line, from, depth, panel_bytes)) return false;
      block.sums = sums_ + line * sums_stride_;
      method_.multiply(block);
    }
    return true;
  }

  // Two panels of the left factor from `line` on, or the one that is left.
  bool prepare_left(PackedBlock& block, std::int64_t line, std::int64_t from, std::int64_t depth,
                    std::int64_t panel_bytes) const {
    thread_local Scratch left_scratch;
    block.left_panels = left_lines_ - line > kTileLines ? 2 : 1;
    const bool full =
        left_lines_ - line >= block.left_panels * kTileLines && depth % (kTileGroups * method_.values_in_group) == 0;
    if (method_.left_in_place && left_.along_depth && full && right_lines_ <= 32) {
      const Panel first = panel(left_, line, left_lines_, from, depth);
      block.left = first.first;
      block.left_line_stride = first.stride;
      block.left_panel_stride = kTileLines * first.stride;
      block.left_step_stride = kTileGroups * 4;
      if (method_.check == nullptr) return true;
      return method_.check(first) &&
             (block.left_panels == 1 || method_.check(panel(left_, line + kTileLines, left_lines_, from, depth)));
    }
    std::byte* packed = left_scratch.get(2 * panel_bytes);
    for (std::int64_t index = 0; index < block.left_panels; ++index) {
      if (!method_.pack_left(panel(left_, line + index * kTileLines, left_lines_, from, depth),
                             packed + index * panel_bytes)) {
        return false;
      }
    }
    block.left = packed;
    block.left_line_stride = kTileGroups * 4;
    block.left_panel_stride = panel_bytes;
    block.left_step_stride = kTileBytes * method_.tiles_in_step;
    return true;
  }

  const PackedMethod& method_;
  const std::int64_t size_;
  const Factor left_, right_;
  const std::int64_t left_lines_, right_lines_;
  std::uint32_t* const sums_;
  const std::int64_t sums_stride_;
};

}  // namespace

// op(A) is the left factor where its lines are along the depth, the right one else: so it, which is the large factor
// where a model's weights are multiplied, is never transposed. As the right one it gives C's columns.
Sums multiply_packed(const PackedMethod& method, const Product& product) {
  thread_local Scratch sums_scratch;
  thread_local Scratch transposed_scratch;
  const std::int64_t m = round_up(product.m, kTileLines);
  const std::int64_t n = round_up(product.n, kTileLines);
  auto* sums = reinterpret_cast<std::uint32_t*>(sums_scratch.get(m * n * 4));
  const bool a_is_left = product.a.along_depth;
  Multiplication multiplication =
      a_is_left ? Multiplication(method, product.type, product.a, product.m, product.b, product.n, sums)
                : Multiplication(method, product.type, product.b, product.n, product.a, product.m, sums);
  if (!multiplication.run(product.k)) return {};
  if (!a_is_left) return {sums, m};
  auto* transposed = reinterpret_cast<std::uint32_t*>(transposed_scratch.get(m * n * 4));
  for (std::int64_t row = 0; row < m; row += kTileLines) {
    for (std::int64_t column = 0; column < n; column += kTileLines) {
      method.transpose(sums + row * n + column, n, transposed + column * m + row, m);
    }
  }
  return {transposed, m};
}

}  // namespace vgpu::blas
