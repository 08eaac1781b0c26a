#pragma once

#include <llvm/ADT/SmallVector.h>

#include <string>

#include "base/error.h"
#include "gpu/jit/target.h"
#include "gpu/ptx/ir.h"

namespace vgpu::jit {

// Compiles a function to an ELF object that defines kKernelSymbol. `aligned_block`: it is only run in blocks whose x
// size is a multiple of 32. `ir`: when not nullptr, receives the optimised LLVM IR as text.
Expected<llvm::SmallVector<char, 0>> compile(const ptx::Function& function, bool aligned_block, const Target& target,
                                             std::string* ir = nullptr);

}  // namespace vgpu::jit
