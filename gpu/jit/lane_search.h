#pragma once

#include <llvm/IR/Function.h>

namespace vgpu::jit {

// Replaces the search for the first or last lane of a mask by that lane's number, where only one can ever be set.
void fold_lane_searches(llvm::Function& function);

}  // namespace vgpu::jit
