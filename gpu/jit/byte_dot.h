#pragma once

#include <llvm/IR/IRBuilder.h>

#include "gpu/jit/target.h"

// dp4a on whole warps. It stays one call until the optimiser knows the operands, because the x86 instruction takes
// one unsigned operand: bytes that are known not to be negative need no correction.
namespace vgpu::jit {

// c + the dot product of the four bytes of a and b, on <32 x i32>: a call that expand_byte_dots replaces.
llvm::Value* emit_byte_dot(llvm::IRBuilder<>& builder, llvm::Value* a, llvm::Value* b, llvm::Value* c, bool a_signed,
                           bool b_signed);

// Replaces the calls of emit_byte_dot in `function` by instructions of the target.
void expand_byte_dots(llvm::Function& function, const Target& target);

}  // namespace vgpu::jit
