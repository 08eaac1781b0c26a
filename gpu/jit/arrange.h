#pragma once

#include <llvm/IR/Function.h>

// Passes over the LLVM IR of kernels, for what LLVM's own do not do.
namespace vgpu::jit {

// What is computed lane by lane from a vector that repeats a narrower one's elements is computed of the narrower one,
// and repeated then.
void sink_repetitions(llvm::Function& function);

// Moves gathers up, before loads and arithmetic that do not need them: they take longest to arrive.
void hoist_gathers(llvm::Function& function);

}  // namespace vgpu::jit
