#include "gpu/jit/recipes.h"

#include <algorithm>

namespace vgpu::jit {
namespace {

using ptx::Opcode;
using ptx::SpecialRegister;

constexpr std::size_t kLongest = 6;  // instructions

bool is_fixed(SpecialRegister special) {
  return special <= SpecialRegister::WarpSize;
}

// One result, no effect, and the same one each time.
bool can_run_again(const ptx::Function& function, const ptx::Instruction& i) {
  if (i.guard != ptx::kNoRegister || i.carry_out || function.destinations(i).size() != 1) return false;
  switch (i.op) {
    case Opcode::Ld:
      return i.space == ptx::Space::Param && function.sources(i)[0].kind == ptx::Operand::Kind::Variable;
    case Opcode::Mov:
    case Opcode::Cvta:
    case Opcode::Cvt:
    case Opcode::Add:
    case Opcode::Sub:
    case Opcode::Mul:
    case Opcode::Mad:
    case Opcode::And:
    case Opcode::Or:
    case Opcode::Shl:
    case Opcode::Shr:
      return !ptx::is_float(i.types[0]);
    default:
      return false;
  }
}

}  // namespace

Recipes::Recipes(const ptx::Function& function) : function_(function), makers_(function.registers.size()) {
  std::vector<std::uint32_t> writers(function.registers.size());
  for (std::uint32_t n = 0; n < function.instructions.size(); ++n) {
    const ptx::Instruction& i = function.instructions[n];
    for (const ptx::Operand& destination : function.destinations(i)) {
      if (destination.kind != ptx::Operand::Kind::Register) continue;
      const bool alone = ++writers[destination.index] == 1 && can_run_again(function, i);
      makers_[destination.index] = alone ? std::optional(n) : std::nullopt;
    }
  }
}

bool Recipes::add(std::uint32_t reg, std::vector<std::uint32_t>& recipe) const {
  const std::optional<std::uint32_t> maker = makers_[reg];
  if (!maker) return false;
  if (std::ranges::find(recipe, *maker) != recipe.end()) return true;
  for (const ptx::Operand& source : function_.sources(function_.instructions[*maker])) {
    switch (source.kind) {
      case ptx::Operand::Kind::Immediate:
      case ptx::Operand::Kind::Variable:
        break;
      case ptx::Operand::Kind::Special:
        if (!is_fixed(static_cast<SpecialRegister>(source.index))) return false;
        break;
      case ptx::Operand::Kind::Register:
        if (!add(source.index, recipe)) return false;
        break;
      default:
        return false;
    }
  }
  if (recipe.size() == kLongest) return false;
  recipe.push_back(*maker);
  return true;
}

std::optional<std::vector<std::uint32_t>> Recipes::of(std::uint32_t reg) const {
  std::vector<std::uint32_t> recipe;
  if (!add(reg, recipe)) return std::nullopt;
  return recipe;
}

}  // namespace vgpu::jit
