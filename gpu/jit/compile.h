#pragma once

#include <llvm/ADT/SmallVector.h>

#include <string>

#include "base/error.h"
#include "gpu/jit/target.h"
#include "gpu/ptx/ir.h"
#include "gpu/warp/block_shape.h"

namespace vgpu::jit {

// Compiles a function to an ELF object that defines kKernelSymbol. It is only run in blocks for which `warp_row`
// holds. `ir`: when not nullptr, receives the optimised LLVM IR as text.
Expected<llvm::SmallVector<char, 0>> compile(const ptx::Function& function, WarpRow warp_row, const Target& target,
                                             std::string* ir = nullptr);

}  // namespace vgpu::jit
