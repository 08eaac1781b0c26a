#include "gpu/jit/lane_shapes.h"

#include <algorithm>
#include <bit>

#include "gpu/jit/shape_transfer.h"

namespace vgpu::jit {
namespace {

using Kind = LaneShape::Kind;
constexpr std::uint8_t kWideningLimit = 3;

}  // namespace

LaneShapes::LaneShapes(const ptx::Function& function, const ptx::Liveness& liveness, Schedule& schedule,
                       WarpRow warp_row, bool lanes_agree)
    : function_(function), schedule_(schedule), warp_row_(warp_row), lanes_agree_(lanes_agree) {
  shapes_.resize(function.registers.size());
  widenings_.resize(function.registers.size());
  writers_.resize(function.registers.size());
  for (const ptx::Instruction& instruction : function.instructions) {
    for (const ptx::Operand& destination : function.destinations(instruction)) {
      if (destination.kind != ptx::Operand::Kind::Register) continue;
      std::uint8_t& writers = writers_[destination.index];
      writers = static_cast<std::uint8_t>(std::min(writers + (instruction.guard == ptx::kNoRegister ? 1 : 2), 2));
    }
  }
  LanePattern lane_numbers;
  for (unsigned l = 0; l < 32; ++l) lane_numbers[l] = l;
  patterns_.push_back(lane_numbers);
  if (warp_row_ != kAnyBlock) {
    LanePattern columns, rows;
    for (unsigned l = 0; l < 32; ++l) {
      columns[l] = l % warp_row_;
      rows[l] = l / warp_row_;
    }
    columns_ = intern(columns);
    rows_ = intern(rows);
  }
  kept_.assign(schedule.nodes.size(), BitSet(function.registers.size()));
  bool changed = true;
  while (changed) {
    while (propagate()) {
    }
    changed = update_exits();
    linearize(schedule_);
    changed |= update_kept(liveness);
    if (changed) continue;
    // What is left has no definition, or comes of such; what depends on it has to be seen once more.
    for (LaneShape& shape : shapes_) {
      if (shape.kind != Kind::Unknown) continue;
      shape.kind = Kind::Uniform;
      changed = true;
    }
  }
}

void LaneShapes::set_thread_index(LaneShape& shape, unsigned axis) const {
  shape.maximum = 1023;
  if (warp_row_ == kAnyBlock) {
    shape.kind = Kind::Varying;
  } else if (warp_row_ > kWholeRow) {
    shape.kind = axis == 0 ? Kind::Pattern : Kind::Uniform;
    if (axis == 0) {
      shape.pattern = columns_;
      shape.alignment = warp_row_ == kRowOfWarps ? 5 : 64;
      if (warp_row_ != kRowOfWarps) shape.maximum = 31;
    } else if (axis == 1 && warp_row_ == kColumnOfWarps) {
      shape.maximum = 31;
    } else {
      shape.constant = true;
      shape.alignment = 64;
      shape.maximum = 0;
    }
  } else if (axis == 0) {
    const bool zero = warp_row_ == 1;
    shape.kind = zero ? Kind::Uniform : Kind::Pattern;
    shape.constant = zero;
    shape.pattern = zero ? 0 : columns_;
    shape.alignment = warp_row_ == kWholeRow ? 5 : 64;
    if (warp_row_ < kWholeRow) shape.maximum = warp_row_ - 1;
  } else if (axis == 1 && warp_row_ < kWholeRow) {
    shape.kind = Kind::Pattern;
    shape.pattern = rows_;
    shape.alignment = static_cast<std::uint8_t>(std::countr_zero(kWholeRow / warp_row_));
  }
}

LaneShape LaneShapes::special_shape(ptx::SpecialRegister special) const {
  LaneShape shape;
  shape.kind = Kind::Uniform;
  switch (special) {
    case ptx::SpecialRegister::TidX:
    case ptx::SpecialRegister::TidY:
    case ptx::SpecialRegister::TidZ:
      set_thread_index(shape, static_cast<unsigned>(special) - static_cast<unsigned>(ptx::SpecialRegister::TidX));
      break;
    case ptx::SpecialRegister::LaneId:
      shape.kind = Kind::Pattern;
      shape.alignment = 64;
      shape.maximum = 31;
      break;
    case ptx::SpecialRegister::NtidX:
      shape.maximum = 1024;
      if (warp_row_ == kWholeRow || warp_row_ == kRowOfWarps) shape.alignment = 5;
      if (warp_row_ == kAnyBlock || warp_row_ == kWholeRow || warp_row_ == kRowOfWarps) break;
      shape.constant = true;
      shape.value = shape.maximum = std::min(warp_row_, kWholeRow);
      shape.alignment = static_cast<std::uint8_t>(std::countr_zero(shape.value));
      break;
    case ptx::SpecialRegister::NtidY:
    case ptx::SpecialRegister::NtidZ:
    case ptx::SpecialRegister::NwarpId: {
      const bool one = warp_row_ == kOneWarp ||
                       (warp_row_ == kRowOfWarps && special != ptx::SpecialRegister::NwarpId) ||
                       (warp_row_ == kColumnOfWarps && special == ptx::SpecialRegister::NtidZ);
      shape.maximum = one ? 1 : 1024;
      if (!one) break;
      shape.constant = true;
      shape.value = 1;
      break;
    }
    case ptx::SpecialRegister::WarpId:
      shape.maximum = 31;
      if (warp_row_ != kOneWarp) break;
      shape.constant = true;
      shape.maximum = 0;
      shape.alignment = 64;
      break;
    case ptx::SpecialRegister::CtaidX:
    case ptx::SpecialRegister::CtaidY:
    case ptx::SpecialRegister::CtaidZ:
    case ptx::SpecialRegister::NctaidX:
    case ptx::SpecialRegister::NctaidY:
    case ptx::SpecialRegister::NctaidZ:
      shape.maximum = 0x7fffffff;
      break;
    case ptx::SpecialRegister::LanemaskEq:
    case ptx::SpecialRegister::LanemaskLt:
    case ptx::SpecialRegister::LanemaskLe:
    case ptx::SpecialRegister::LanemaskGt:
    case ptx::SpecialRegister::LanemaskGe:
      shape.kind = Kind::Varying;
      break;
    default:
      break;
  }
  return shape;
}

LaneShape LaneShapes::of(const ptx::Operand& operand, unsigned width) const {
  LaneShape shape;
  shape.kind = Kind::Uniform;
  switch (operand.kind) {
    case ptx::Operand::Kind::Register:
      return shapes_[operand.index];
    case ptx::Operand::Kind::Immediate: {
      const std::uint64_t mask = width >= 64 ? ~0ull : (std::uint64_t{1} << width) - 1;
      shape.constant = true;
      shape.value = static_cast<std::uint64_t>(operand.value) & mask;
      shape.maximum = shape.value;
      shape.alignment = static_cast<std::uint8_t>(std::countr_zero(shape.value));
      shape.symbol = kZeroSymbol;
      shape.offset = static_cast<std::int64_t>(shape.value);
      return shape;
    }
    case ptx::Operand::Kind::Special:
      return special_shape(static_cast<ptx::SpecialRegister>(operand.index));
    default:
      return shape;
  }
}

std::uint32_t LaneShapes::intern(const LanePattern& pattern) {
  const auto found = std::ranges::find(patterns_, pattern);
  if (found != patterns_.end()) return static_cast<std::uint32_t>(found - patterns_.begin());
  patterns_.push_back(pattern);
  return static_cast<std::uint32_t>(patterns_.size() - 1);
}

bool LaneShapes::join(std::uint32_t reg, const LaneShape& shape) {
  LaneShape& held = shapes_[reg];
  if (shape.kind == Kind::Unknown || held.kind == Kind::Varying) return false;
  if (held.kind == Kind::Unknown) {
    held = shape;
    return true;
  }
  LaneShape joined = held;
  if (shape.kind != held.kind || (shape.kind == Kind::Pattern && shape.pattern != held.pattern)) {
    joined = {};
    joined.kind = Kind::Varying;
  } else {
    if (!shape.constant || shape.value != held.value) {
      joined.constant = false;
      joined.value = 0;
    }
    joined.alignment = std::min(held.alignment, shape.alignment);
    if (shape.symbol != held.symbol || shape.offset != held.offset) {
      joined.symbol = writers_[reg] == 1 ? symbol_of(reg) : kNoSymbol;
      joined.offset = 0;
    }
    if (shape.maximum > held.maximum) {
      joined.maximum = widenings_[reg] < kWideningLimit ? shape.maximum : ~0ull;
      ++widenings_[reg];
    }
  }
  if (joined == held) return false;
  held = joined;
  return true;
}

bool LaneShapes::propagate() {
  bool changed = false;
  ShapeTransfer transfer(*this, function_);
  for (const Node& node : schedule_.nodes) {
    if (node.is_loop_end()) continue;
    const ptx::Block& block = function_.blocks[node.block];
    for (std::uint32_t n = block.begin; n < block.end; ++n) {
      const ptx::Instruction& instruction = function_.instructions[n];
      const auto destinations = function_.destinations(instruction);
      const bool divergent_guard =
          instruction.guard != ptx::kNoRegister && shapes_[instruction.guard].kind > Kind::Uniform;
      for (std::size_t d = 0; d < destinations.size(); ++d) {
        if (destinations[d].kind != ptx::Operand::Kind::Register) continue;
        LaneShape shape = transfer.destination(instruction, d);
        if (divergent_guard) shape.kind = Kind::Varying;
        const std::uint32_t reg = destinations[d].index;
        if (writers_[reg] != 1 || shape.symbol == kNoSymbol) {
          shape.symbol = writers_[reg] == 1 ? symbol_of(reg) : kNoSymbol;
          shape.offset = 0;
        }
        changed |= join(destinations[d].index, shape);
      }
    }
  }
  return changed;
}

bool LaneShapes::update_exits() {
  bool changed = false;
  for (Node& node : schedule_.nodes) {
    if (node.is_loop_end() || (node.exit != Exit::Branch && node.exit != Exit::Leave)) continue;
    const ptx::Instruction& last = function_.instructions[function_.blocks[node.block].end - 1];
    const bool uniform = lanes_agree_ || shapes_[last.guard].kind <= Kind::Uniform;
    changed |= uniform != node.uniform_exit;
    node.uniform_exit = uniform;
  }
  return changed;
}

bool LaneShapes::update_kept(const ptx::Liveness& liveness) {
  bool changed = false;
  for (std::size_t n = 0; n < schedule_.nodes.size(); ++n) {
    const Node& node = schedule_.nodes[n];
    if (node.is_loop_end()) continue;
    const ptx::Block& block = function_.blocks[node.block];
    for (std::uint32_t k = block.begin; k < block.end; ++k) {
      for (const ptx::Operand& destination : function_.destinations(function_.instructions[k])) {
        if (destination.kind != ptx::Operand::Kind::Register || kept_[n].contains(destination.index)) continue;
        bool needed = false;
        node.waiting.for_each([&](std::size_t other) {
          needed = needed || liveness.live_in[schedule_.nodes[other].block][destination.index];
        });
        if (!needed) continue;
        kept_[n].insert(destination.index);
        LaneShape& shape = shapes_[destination.index];
        if (shape.kind != Kind::Varying) {
          shape = {};
          shape.kind = Kind::Varying;
          changed = true;
        }
      }
    }
  }
  return changed;
}

}  // namespace vgpu::jit
