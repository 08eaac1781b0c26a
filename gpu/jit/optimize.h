#pragma once

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include <memory>

#include "base/error.h"
#include "gpu/jit/target.h"

namespace vgpu::jit {

// LLVM's code generator for a target. Fails when LLVM was built without x86.
Expected<std::unique_ptr<llvm::TargetMachine>> make_target_machine(const Target& target);

// Scalar clean-up without vectorisers or unrolling: lanes are vectors already, and compile time counts.
void optimize(llvm::Module& module, llvm::TargetMachine& machine, const Target& target);

// The module as a relocatable ELF object.
Expected<llvm::SmallVector<char, 0>> emit_object(llvm::Module& module, llvm::TargetMachine& machine);

}  // namespace vgpu::jit
