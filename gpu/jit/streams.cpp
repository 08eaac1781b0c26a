#include "gpu/jit/streams.h"

#include <algorithm>

namespace vgpu::jit {

BitSet registers_of_block_index(const ptx::Function& function) {
  BitSet dependent(function.registers.size());
  const auto depends = [&](const ptx::Operand& operand) {
    if (operand.kind == ptx::Operand::Kind::Special) {
      return static_cast<ptx::SpecialRegister>(operand.index) == ptx::SpecialRegister::CtaidX;
    }
    return operand.kind == ptx::Operand::Kind::Register && dependent.contains(operand.index);
  };
  bool changed = true;
  while (changed) {
    changed = false;
    for (const ptx::Instruction& i : function.instructions) {
      // What is loaded says nothing of where the next block's data lies.
      if (i.op == ptx::Opcode::Ld || i.op == ptx::Opcode::Ldu || i.op == ptx::Opcode::Atom) continue;
      if (std::ranges::none_of(function.sources(i), depends)) continue;
      for (const ptx::Operand& destination : function.destinations(i)) {
        if (destination.kind != ptx::Operand::Kind::Register || dependent.contains(destination.index)) continue;
        dependent.insert(destination.index);
        changed = true;
      }
    }
  }
  return dependent;
}

}  // namespace vgpu::jit
