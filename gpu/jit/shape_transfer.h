#pragma once

#include <optional>

#include "gpu/jit/lane_shapes.h"

namespace vgpu::jit {

// The shape that one instruction gives each of its destinations, from the shapes of its sources.
class ShapeTransfer {
 public:
  ShapeTransfer(LaneShapes& shapes, const ptx::Function& function) : shapes_(shapes), function_(function) {}

  // Shape of destination number `index`; Unknown when a source has no definition yet.
  LaneShape destination(const ptx::Instruction& instruction, std::size_t index);

 private:
  using Kind = LaneShape::Kind;
  LaneShape source(const ptx::Instruction& instruction, std::size_t index, unsigned width);
  LaneShape made_pattern(LanePattern pattern, unsigned width, unsigned alignment, std::uint64_t maximum);
  LaneShape add(const LaneShape& a, const LaneShape& b, unsigned width, bool subtract);
  LaneShape multiply(const LaneShape& a, const LaneShape& b, unsigned width);
  LaneShape extend(const LaneShape& a, unsigned from, unsigned to, bool is_signed);
  LaneShape shift_left(const LaneShape& a, const LaneShape& count, unsigned width);
  LaneShape shift_right(const LaneShape& a, const LaneShape& count, unsigned width, bool is_signed);
  LaneShape bitwise(ptx::Opcode op, const LaneShape& a, const LaneShape& b, unsigned width);
  LaneShape convert(const ptx::Instruction& instruction);
  LaneShape integer(const ptx::Instruction& instruction);
  bool fits_unsigned(const LaneShape& shape, unsigned width) const;

  LaneShapes& shapes_;
  const ptx::Function& function_;
};

}  // namespace vgpu::jit
