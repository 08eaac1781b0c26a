#pragma once

#include <cstdint>
#include <vector>

#include "gpu/ptx/ir.h"

namespace vgpu::ptx {

// True for bra, brx, ret, exit and trap.
bool ends_block(Opcode op);

struct BranchTarget {
  std::uint32_t instruction = 0;  // the bra or brx
  std::uint32_t slot = 0;         // order among the targets of one brx
  std::uint32_t target = 0;       // the instruction that it goes to
};

// Cuts function.instructions into blocks and links them. Every target must be an instruction's number, and the last
// instruction must not fall through.
void build_blocks(Function& function, std::vector<BranchTarget> targets);

}  // namespace vgpu::ptx
