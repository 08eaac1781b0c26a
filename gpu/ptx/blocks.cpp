#include "gpu/ptx/blocks.h"

#include <algorithm>
#include <tuple>

namespace vgpu::ptx {
namespace {

void link(Function& function, const std::vector<BranchTarget>& targets) {
  std::vector<std::uint32_t> block_of(function.instructions.size());
  for (std::uint32_t b = 0; b < function.blocks.size(); ++b) {
    const Block& block = function.blocks[b];
    std::fill(block_of.begin() + block.begin, block_of.begin() + block.end, b);
  }
  for (const BranchTarget& branch : targets) {
    function.blocks[block_of[branch.instruction]].successors.push_back(block_of[branch.target]);
  }
  for (std::uint32_t b = 0; b < function.blocks.size(); ++b) {
    Block& block = function.blocks[b];
    const Instruction& last = function.instructions[block.end - 1];
    if (!ends_block(last.op) || last.guard != kNoRegister) block.successors.push_back(b + 1);
    for (const std::uint32_t successor : block.successors) {
      std::vector<std::uint32_t>& predecessors = function.blocks[successor].predecessors;
      if (predecessors.empty() || predecessors.back() != b) predecessors.push_back(b);
    }
  }
}

}  // namespace

bool ends_block(Opcode op) {
  switch (op) {
    case Opcode::Bra:
    case Opcode::Brx:
    case Opcode::Ret:
    case Opcode::Exit:
    case Opcode::Trap:
      return true;
    default:
      return false;
  }
}

void build_blocks(Function& function, std::vector<BranchTarget> targets) {
  std::ranges::sort(targets, {}, [](const BranchTarget& t) { return std::tuple(t.instruction, t.slot); });
  const auto count = static_cast<std::uint32_t>(function.instructions.size());
  std::vector<bool> leads(count + 1);
  leads[0] = true;
  for (const BranchTarget& branch : targets) leads[branch.target] = true;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (ends_block(function.instructions[i].op)) leads[i + 1] = true;
  }
  leads[count] = true;
  std::uint32_t begin = 0;
  for (std::uint32_t i = 1; i <= count; ++i) {
    if (!leads[i]) continue;
    function.blocks.push_back({.begin = begin, .end = i, .successors = {}, .predecessors = {}});
    begin = i;
  }
  link(function, targets);
}

}  // namespace vgpu::ptx
