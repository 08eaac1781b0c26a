#pragma once

#include <llvm/IR/Function.h>

#include "gpu/jit/target.h"

namespace vgpu::jit {

// Takes a field out of every byte, as (x >> 4) & 0x0f0f0f0f does of packed quantized weights, by one instruction where
// the processor multiplies bytes by bit matrices.
void extract_byte_fields(llvm::Function& function, const Target& target);

}  // namespace vgpu::jit
