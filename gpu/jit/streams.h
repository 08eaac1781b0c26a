#pragma once

#include "gpu/jit/bit_set.h"
#include "gpu/ptx/ir.h"

namespace vgpu::jit {

// Registers whose values depend on the block's x index: what is loaded from such addresses is new in every block, and
// the next block mostly goes on where this one ends.
BitSet registers_of_block_index(const ptx::Function& function);

}  // namespace vgpu::jit
