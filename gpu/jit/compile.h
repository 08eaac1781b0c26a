#pragma once

#include <llvm/ADT/SmallVector.h>

#include "base/error.h"
#include "gpu/jit/target.h"
#include "gpu/ptx/ir.h"
#include "gpu/warp/block_shape.h"

namespace vgpu::jit {

// What code may be made of a function, where it has the choice; tests take some away.
struct CodeForms {
  bool speculating = true;   // two versions, one of which takes lanes to agree at branches
  bool whole_blocks = true;  // code that runs all warps of a block
};

// Compiles a function to an ELF object that defines kKernelSymbol. It is only run in blocks for which `warp_row`
// holds.
Expected<llvm::SmallVector<char, 0>> compile(const ptx::Function& function, WarpRow warp_row, const Target& target,
                                             const CodeForms& forms = {});

}  // namespace vgpu::jit
