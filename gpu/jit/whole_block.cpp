#include "gpu/jit/whole_block.h"

#include <algorithm>

#include "gpu/warp/mbarrier.h"

namespace vgpu::jit {
namespace {

bool is_plain_barrier(const ptx::Function& function, const ptx::Instruction& i) {
  if (i.barrier != ptx::BarrierOperation::Sync || i.guard != ptx::kNoRegister) return false;
  const auto sources = function.sources(i);
  return sources.empty() || (sources.size() == 1 && sources[0].kind == ptx::Operand::Kind::Immediate);
}

}  // namespace

bool observes_others(const ptx::Instruction& i) {
  return i.op == ptx::Opcode::Atom || i.op == ptx::Opcode::Nanosleep || warp::is_mbarrier_wait(i.op) ||
         (i.op == ptx::Opcode::Ld && i.order != ptx::MemoryOrder::Weak);
}

bool can_run_whole_blocks(const ptx::Function& function, const ptx::ControlFlow& flow) {
  if (!flow.reducible) return false;
  for (const std::uint32_t b : flow.order) {
    const ptx::Block& block = function.blocks[b];
    for (std::uint32_t k = block.begin; k < block.end; ++k) {
      const ptx::Instruction& i = function.instructions[k];
      if (i.op == ptx::Opcode::Bar && !is_plain_barrier(function, i)) return false;
      if (flow.innermost_loop[b] != ~0u && observes_others(i)) return false;
    }
  }
  return true;
}

}  // namespace vgpu::jit
