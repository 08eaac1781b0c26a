#include "gpu/jit/lane_memory.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>

#include <string>

namespace vgpu::jit {
namespace {

constexpr char kGather[] = "vgpu.gather.";
constexpr char kScatter[] = "vgpu.scatter.";

std::string suffix(llvm::Type* vector) {
  const auto* type = llvm::cast<llvm::FixedVectorType>(vector);
  return std::to_string(type->getNumElements()) + "x" + std::to_string(type->getScalarSizeInBits());
}

llvm::CallInst* call(llvm::IRBuilder<>& builder, const std::string& name, llvm::Type* result,
                     llvm::ArrayRef<llvm::Value*> arguments, llvm::MemoryEffects effects) {
  llvm::SmallVector<llvm::Type*, 4> types;
  for (llvm::Value* argument : arguments) types.push_back(argument->getType());
  llvm::Module* module = builder.GetInsertBlock()->getModule();
  auto* function = llvm::cast<llvm::Function>(
      module->getOrInsertFunction(name, llvm::FunctionType::get(result, types, false)).getCallee());
  function->setMemoryEffects(effects);
  function->setDoesNotThrow();
  function->addFnAttr(llvm::Attribute::WillReturn);
  return builder.CreateCall(function, arguments);
}

}  // namespace

llvm::Value* emit_gather(llvm::IRBuilder<>& builder, llvm::Type* element, llvm::Value* base, llvm::Value* offsets,
                         llvm::Value* mask) {
  const unsigned count = llvm::cast<llvm::FixedVectorType>(offsets->getType())->getNumElements();
  llvm::Type* result = llvm::FixedVectorType::get(element, count);
  return call(builder, kGather + suffix(result), result, {base, offsets, mask}, llvm::MemoryEffects::readOnly());
}

void emit_scatter(llvm::IRBuilder<>& builder, llvm::Value* values, llvm::Value* base, llvm::Value* offsets,
                  llvm::Value* mask) {
  call(builder, kScatter + suffix(values->getType()), builder.getVoidTy(), {values, base, offsets, mask},
       llvm::MemoryEffects::writeOnly());
}

void expand_lane_memory(llvm::Function& function) {
  llvm::SmallVector<llvm::CallInst*, 32> calls;
  for (llvm::BasicBlock& block : function) {
    for (llvm::Instruction& instruction : block) {
      auto* made = llvm::dyn_cast<llvm::CallInst>(&instruction);
      if (made != nullptr && made->getCalledFunction() != nullptr) calls.push_back(made);
    }
  }
  for (llvm::CallInst* made : calls) {
    const llvm::StringRef name = made->getCalledFunction()->getName();
    const bool is_gather = name.starts_with(kGather);
    if (!is_gather && !name.starts_with(kScatter)) continue;
    llvm::IRBuilder<> builder(made);
    const unsigned base = is_gather ? 0 : 1;
    llvm::Value* mask = made->getArgOperand(base + 2);
    llvm::Value* pointers =
        builder.CreateGEP(builder.getInt8Ty(), made->getArgOperand(base), made->getArgOperand(base + 1));
    if (is_gather) {
      made->replaceAllUsesWith(builder.CreateMaskedGather(made->getType(), pointers, llvm::Align(1), mask,
                                                          llvm::Constant::getNullValue(made->getType())));
    } else {
      builder.CreateMaskedScatter(made->getArgOperand(0), pointers, llvm::Align(1), mask);
    }
    made->eraseFromParent();
  }
}

}  // namespace vgpu::jit
