#pragma once

#include <llvm/IR/Function.h>
#include <llvm/IR/IRBuilder.h>

// Gathers and scatters of lanes at 32-bit offsets from one address. LLVM's passes make vectors of 64-bit pointers of
// such addresses, for which the processor takes twice as many instructions; so they stay calls of undefined functions
// until those passes have run.
namespace vgpu::jit {

// Elements of `element` bits at base + offsets[l], for the lanes of `mask`, else 0. `offsets`: a vector of i32.
llvm::Value* emit_gather(llvm::IRBuilder<>& builder, llvm::Type* element, llvm::Value* base, llvm::Value* offsets,
                         llvm::Value* mask);
void emit_scatter(llvm::IRBuilder<>& builder, llvm::Value* values, llvm::Value* base, llvm::Value* offsets,
                  llvm::Value* mask);

// Replaces the calls that the two functions above have made.
void expand_lane_memory(llvm::Function& function);

}  // namespace vgpu::jit
