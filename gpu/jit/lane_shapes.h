#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "gpu/jit/schedule.h"
#include "gpu/ptx/control_flow.h"
#include "gpu/ptx/ir.h"
#include "gpu/warp/block_shape.h"

// How a register's value varies over the lanes of a warp.
namespace vgpu::jit {

using LanePattern = std::array<std::int64_t, 32>;

inline constexpr std::uint32_t kNoSymbol = 0;
inline constexpr std::uint32_t kZeroSymbol = 1;  // the number 0
// The base of a register that one instruction alone writes.
constexpr std::uint32_t symbol_of(std::uint32_t reg) {
  return reg + 2;
}

// Facts about a value of some width w; they hold for the lanes that are active where the value was made.
struct LaneShape {
  enum class Kind : std::uint8_t {
    Unknown,  // no definition seen
    Uniform,  // every lane has lane 0's value
    Pattern,  // lane l has base + pattern[l] modulo 2^w; pattern[0] is 0
    Varying,
  };
  Kind kind = Kind::Unknown;
  std::uint8_t alignment = 0;     // Uniform, Pattern: 2^alignment divides the base; 64 for a base of 0
  bool constant = false;          // Uniform: the value is `value`
  std::uint32_t pattern = 0;      // Pattern: index for LaneShapes::pattern
  std::uint64_t maximum = ~0ull;  // no lane's value, read as unsigned, is greater
  std::uint64_t value = 0;
  // Uniform, Pattern: the base is `offset` plus the base that this symbol stands for, modulo 2^w. Equal symbols stand
  // for equal numbers wherever two registers' values can meet.
  std::uint32_t symbol = kNoSymbol;
  std::int64_t offset = 0;

  friend bool operator==(const LaneShape&, const LaneShape&) = default;
};

class LaneShapes {
 public:
  // Analyses registers and control flow together: a register that is written while lanes which still need its old
  // value wait elsewhere is Varying, and which lanes wait where depends on the shapes of branch conditions.
  // Leaves `schedule` linearized for the result.
  // `lanes_agree`: assume that all lanes go the same way at every branch, whatever its condition is.
  LaneShapes(const ptx::Function& function, const ptx::Liveness& liveness, Schedule& schedule, WarpRow warp_row,
             bool lanes_agree = false);

  // True when some register varies here that does not under `assumption`.
  [[nodiscard]] bool differs_from(const LaneShapes& assumption) const {
    for (std::size_t r = 0; r < shapes_.size(); ++r) {
      if (shapes_[r].kind != assumption.shapes_[r].kind) return true;
    }
    return false;
  }

  [[nodiscard]] const LaneShape& of(std::uint32_t reg) const { return shapes_[reg]; }
  [[nodiscard]] LaneShape of(const ptx::Operand& operand, unsigned width) const;
  [[nodiscard]] const LanePattern& pattern(const LaneShape& shape) const { return patterns_[shape.pattern]; }
  [[nodiscard]] bool is_uniform(const ptx::Operand& operand) const {
    return of(operand, 64).kind <= LaneShape::Kind::Uniform;
  }
  [[nodiscard]] WarpRow warp_row() const { return warp_row_; }

  // True when a write of `reg` in this node must keep the old value of lanes that are not active.
  [[nodiscard]] bool keeps_inactive(std::uint32_t node, std::uint32_t reg) const { return kept_[node].contains(reg); }

 private:
  friend class ShapeTransfer;
  bool propagate();
  bool join(std::uint32_t reg, const LaneShape& shape);
  bool update_exits();
  bool update_kept(const ptx::Liveness& liveness);
  std::uint32_t intern(const LanePattern& pattern);
  [[nodiscard]] LaneShape special_shape(ptx::SpecialRegister special) const;
  void set_thread_index(LaneShape& shape, unsigned axis) const;

  const ptx::Function& function_;
  Schedule& schedule_;
  WarpRow warp_row_;
  bool lanes_agree_;
  std::vector<LaneShape> shapes_;
  std::vector<std::uint8_t> widenings_;
  std::vector<std::uint8_t> writers_;  // instructions that write each register, counted up to 2
  std::vector<LanePattern> patterns_;
  std::uint32_t columns_ = 0, rows_ = 0;  // patterns of tid.x and tid.y
  std::vector<BitSet> kept_;
};

}  // namespace vgpu::jit
