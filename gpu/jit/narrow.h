#pragma once

#include <llvm/IR/Function.h>

namespace vgpu::jit {

// Computes vectors of a warp's values no further than the last lane that anybody asks for: what follows a reduction is
// often for lane 0 alone.
void narrow_vectors(llvm::Function& function);

}  // namespace vgpu::jit
