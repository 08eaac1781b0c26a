#include "gpu/ptx/verify.h"

#include <algorithm>

#include "gpu/ptx/print.h"

namespace vgpu::ptx {
namespace {

bool has_right_vector(const Instruction& instruction) {
  const unsigned width = instruction.vector;
  switch (instruction.op) {
    case Opcode::Ld:
    case Opcode::Ldu:
    case Opcode::Ldmatrix:
      return instruction.destination_count == width && instruction.source_count == 1;
    case Opcode::St:
    case Opcode::Red:
      return instruction.source_count == 1 + width;
    case Opcode::Atom:
      return instruction.destination_count == width &&
             (instruction.source_count == 1 + width || instruction.atomic == AtomicOperation::Cas);
    default:
      return true;
  }
}

bool is_destination(const Operand& operand) {
  return operand.kind == Operand::Kind::Register || operand.kind == Operand::Kind::Discard;
}

}  // namespace

Expected<void> verify(const Function& function, const Instruction& instruction) {
  if (!std::ranges::all_of(function.destinations(instruction), is_destination)) {
    return failure("destination of \"" + full_opcode(instruction) + "\" is no register");
  }
  if (!has_right_vector(instruction)) {
    return failure("operands of \"" + full_opcode(instruction) + "\" do not match its vector");
  }
  return {};
}

}  // namespace vgpu::ptx
