#pragma once

#include "gpu/ptx/control_flow.h"
#include "gpu/ptx/ir.h"

// Which kernels are compiled to code that runs all warps of a block by itself: one after the other, and where they meet
// at a barrier each up to there, with what it still needs kept in memory, before the first one goes on.
namespace vgpu::jit {

// What a spin loop has: a way to see other threads' writes.
bool observes_others(const ptx::Instruction& instruction);

// True when warps wait for each other at no other place than at plain barriers of the whole block: no spin loops, no
// barriers of some threads or with a result.
bool can_run_whole_blocks(const ptx::Function& function, const ptx::ControlFlow& flow);

}  // namespace vgpu::jit
