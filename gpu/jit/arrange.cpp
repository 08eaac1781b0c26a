#include "gpu/jit/arrange.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicInst.h>

#include <algorithm>

namespace vgpu::jit {
namespace {

unsigned elements(const llvm::Value* value) {
  const auto* type = llvm::dyn_cast<llvm::FixedVectorType>(value->getType());
  return type != nullptr ? type->getNumElements() : 0;
}

// A shuffle of one vector that makes a wider one of it.
bool is_repetition(const llvm::ShuffleVectorInst& shuffle) {
  return llvm::isa<llvm::PoisonValue>(shuffle.getOperand(1)) && elements(&shuffle) > elements(shuffle.getOperand(0));
}

llvm::Constant* narrowed(llvm::Value* value, unsigned count) {
  auto* constant = llvm::dyn_cast<llvm::Constant>(value);
  llvm::Constant* splat = constant != nullptr ? constant->getSplatValue() : nullptr;
  return splat != nullptr ? llvm::ConstantVector::getSplat(llvm::ElementCount::getFixed(count), splat) : nullptr;
}

// The same operation on the narrow vector; nullptr where there is none.
llvm::Value* narrow_operation(llvm::Instruction& user, const llvm::ShuffleVectorInst& shuffle) {
  llvm::Value* source = shuffle.getOperand(0);
  const unsigned count = elements(source);
  if (elements(&user) != elements(&shuffle)) return nullptr;
  llvm::IRBuilder<> builder(&user);
  if (auto* cast = llvm::dyn_cast<llvm::CastInst>(&user)) {
    llvm::Type* type = llvm::FixedVectorType::get(user.getType()->getScalarType(), count);
    return builder.CreateCast(cast->getOpcode(), source, type);
  }
  if (auto* binary = llvm::dyn_cast<llvm::BinaryOperator>(&user)) {
    const unsigned other = binary->getOperand(0) == &shuffle ? 1 : 0;
    llvm::Constant* constant = narrowed(binary->getOperand(other), count);
    if (constant == nullptr) return nullptr;
    llvm::Value* left = other == 1 ? source : constant;
    llvm::Value* right = other == 1 ? constant : source;
    llvm::Value* made = builder.CreateBinOp(binary->getOpcode(), left, right);
    if (auto* instruction = llvm::dyn_cast<llvm::Instruction>(made)) instruction->copyIRFlags(binary);
    return made;
  }
  return nullptr;
}

}  // namespace

void sink_repetitions(llvm::Function& function) {
  llvm::SmallVector<llvm::ShuffleVectorInst*, 32> repetitions;
  for (llvm::BasicBlock& block : function) {
    for (llvm::Instruction& instruction : block) {
      auto* shuffle = llvm::dyn_cast<llvm::ShuffleVectorInst>(&instruction);
      if (shuffle != nullptr && is_repetition(*shuffle)) repetitions.push_back(shuffle);
    }
  }
  while (!repetitions.empty()) {
    llvm::ShuffleVectorInst* shuffle = repetitions.pop_back_val();
    llvm::SmallVector<llvm::Instruction*, 4> users;
    for (llvm::User* user : shuffle->users()) users.push_back(llvm::cast<llvm::Instruction>(user));
    for (llvm::Instruction* user : users) {
      if (user->getParent() != shuffle->getParent()) continue;
      llvm::Value* narrow = narrow_operation(*user, *shuffle);
      if (narrow == nullptr) continue;
      auto* repeated = new llvm::ShuffleVectorInst(narrow, shuffle->getShuffleMask(), "", user->getIterator());
      user->replaceAllUsesWith(repeated);
      user->eraseFromParent();
      repetitions.push_back(repeated);
    }
    if (shuffle->use_empty()) shuffle->eraseFromParent();
  }
}

void hoist_gathers(llvm::Function& function) {
  for (llvm::BasicBlock& block : function) {
    llvm::SmallVector<llvm::IntrinsicInst*, 8> gathers;
    for (llvm::Instruction& instruction : block) {
      auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
      if (call != nullptr && call->getIntrinsicID() == llvm::Intrinsic::masked_gather) gathers.push_back(call);
    }
    for (llvm::IntrinsicInst* gather : gathers) {
      llvm::Instruction* place = gather;
      while (llvm::Instruction* before = place->getPrevNode()) {
        const bool needed =
            std::ranges::any_of(gather->operands(), [&](const llvm::Use& use) { return use == before; });
        if (needed || before->mayWriteToMemory() || llvm::isa<llvm::PHINode>(before)) break;
        place = before;
      }
      if (place != gather) gather->moveBefore(place);
    }
  }
}

}  // namespace vgpu::jit
