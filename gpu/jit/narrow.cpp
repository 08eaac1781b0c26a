#include "gpu/jit/narrow.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/SetVector.h>
#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <vector>

#include "gpu/warp/context.h"

namespace vgpu::jit {
namespace {

using llvm::Instruction;
using llvm::Value;

constexpr unsigned kLeast = 4;  // lanes; fewer save nothing

unsigned lanes_in(const Value* value) {
  const auto* type = llvm::dyn_cast<llvm::FixedVectorType>(value->getType());
  return type == nullptr ? 0 : type->getNumElements();
}

// Lane n of the result depends on lane n of the operands alone.
bool is_lane_wise(const Instruction& i) {
  if (lanes_in(&i) != kWarpSize) return false;
  if (llvm::isa<llvm::BinaryOperator, llvm::UnaryOperator, llvm::CmpInst, llvm::SelectInst, llvm::PHINode,
                llvm::FreezeInst>(i)) {
    return true;
  }
  if (llvm::isa<llvm::CastInst>(i)) return lanes_in(i.getOperand(0)) == kWarpSize;
  const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&i);
  if (call == nullptr || !llvm::isTriviallyVectorizable(call->getIntrinsicID())) return false;
  return std::ranges::all_of(call->args(),
                             [&](const llvm::Use& argument) { return argument->getType() == i.getType(); });
}

class Narrowing {
 public:
  explicit Narrowing(llvm::Function& function) : function_(function) {}

  void run() {
    find_demand();
    for (Instruction& i : llvm::instructions(function_)) {
      if (can_be_narrow(i)) chosen_.push_back(&i);
    }
    for (Instruction* i : chosen_) make_narrow(*i);
    for (Instruction* i : chosen_) set_operands(*i, *narrow_[i]);
    for (Instruction* i : chosen_) replace_uses(*i);
    for (Instruction* i : chosen_) i->replaceAllUsesWith(llvm::PoisonValue::get(i->getType()));
    for (Instruction* i : chosen_) i->eraseFromParent();
  }

 private:
  // How many lanes `user` asks for of its operand with this number, the first ones.
  unsigned demand_of(const Instruction& user, unsigned number) const {
    if (const auto* extract = llvm::dyn_cast<llvm::ExtractElementInst>(&user)) {
      const auto* index = llvm::dyn_cast<llvm::ConstantInt>(extract->getIndexOperand());
      return index == nullptr ? kWarpSize : static_cast<unsigned>(index->getZExtValue()) + 1;
    }
    if (is_lane_wise(user)) return demand_.lookup(&user);
    const auto* shuffle = llvm::dyn_cast<llvm::ShuffleVectorInst>(&user);
    if (shuffle == nullptr) return kWarpSize;
    const unsigned results = lanes_in(&user) == kWarpSize ? demand_.lookup(&user) : lanes_in(&user);
    const int count = static_cast<int>(lanes_in(shuffle->getOperand(number)));
    const int first = static_cast<int>(number) * count;
    int end = 0;
    for (const int lane : shuffle->getShuffleMask().take_front(results)) {
      if (lane >= first && lane < first + count) end = std::max(end, lane - first + 1);
    }
    return static_cast<unsigned>(end);
  }

  void find_demand() {
    llvm::SetVector<Instruction*> pending;
    for (Instruction& i : llvm::instructions(function_)) pending.insert(&i);
    while (!pending.empty()) {
      const Instruction* user = pending.pop_back_val();
      for (const llvm::Use& use : user->operands()) {
        auto* operand = llvm::dyn_cast<Instruction>(use.get());
        if (operand == nullptr || lanes_in(operand) != kWarpSize) continue;
        const unsigned wanted = demand_of(*user, use.getOperandNo());
        unsigned& known = demand_[operand];
        if (wanted <= known) continue;
        known = wanted;
        pending.insert(operand);
      }
    }
  }

  unsigned width_of(const Instruction& i) const { return std::max(std::bit_ceil(demand_.lookup(&i)), kLeast); }

  bool can_be_narrow(const Instruction& i) const {
    if (lanes_in(&i) != kWarpSize || i.use_empty() || width_of(i) >= kWarpSize) return false;
    return is_lane_wise(i) || llvm::isa<llvm::ShuffleVectorInst>(i);
  }

  // With operands that are not the final ones.
  void make_narrow(Instruction& i) {
    llvm::Type* type = llvm::FixedVectorType::get(i.getType()->getScalarType(), width_of(i));
    Instruction* narrow = nullptr;
    if (const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&i)) {
      llvm::Function* callee = llvm::Intrinsic::getDeclaration(function_.getParent(), call->getIntrinsicID(), {type});
      const llvm::SmallVector<Value*, 4> arguments(call->arg_size(), llvm::PoisonValue::get(type));
      narrow = llvm::CallInst::Create(callee, arguments);
      narrow->copyIRFlags(&i);
    } else if (const auto* shuffle = llvm::dyn_cast<llvm::ShuffleVectorInst>(&i)) {
      Value* none = llvm::PoisonValue::get(shuffle->getOperand(0)->getType());
      narrow = new llvm::ShuffleVectorInst(none, none, shuffle->getShuffleMask().take_front(width_of(i)));
    } else {
      narrow = i.clone();
      narrow->mutateType(type);
    }
    narrow->insertBefore(&i);
    narrow_[&i] = narrow;
  }

  void set_operands(Instruction& i, Instruction& narrow) {
    if (auto* phi = llvm::dyn_cast<llvm::PHINode>(&narrow)) {
      // A block that leads here by several ways brings one value.
      llvm::DenseMap<const llvm::BasicBlock*, Value*> of_block;
      for (unsigned n = 0; n < phi->getNumIncomingValues(); ++n) {
        Value*& value = of_block[phi->getIncomingBlock(n)];
        if (value == nullptr) {
          value = resized(phi->getIncomingValue(n), lanes_in(phi), phi->getIncomingBlock(n)->getTerminator());
        }
        phi->setIncomingValue(n, value);
      }
    } else if (auto* shuffle = llvm::dyn_cast<llvm::ShuffleVectorInst>(&narrow)) {
      set_shuffle(llvm::cast<llvm::ShuffleVectorInst>(i), *shuffle);
    } else {
      for (unsigned n = 0; n < i.getNumOperands(); ++n) {
        Value* operand = i.getOperand(n);
        if (lanes_in(operand) == kWarpSize) narrow.setOperand(n, resized(operand, lanes_in(&narrow), &narrow));
      }
    }
  }

  // Both operands get the width of the wider one.
  void set_shuffle(const llvm::ShuffleVectorInst& from, llvm::ShuffleVectorInst& narrow) {
    const auto width = [&](Value* operand) {
      if (llvm::isa<llvm::Constant>(operand)) return kLeast;
      return lanes_in(narrowed(operand));
    };
    const unsigned before = lanes_in(from.getOperand(0));
    unsigned count = std::max(width(from.getOperand(0)), width(from.getOperand(1)));
    for (unsigned n = 0; n < 2; ++n) count = std::max(count, std::bit_ceil(demand_of(from, n)));
    llvm::SmallVector<int, kWarpSize> mask;
    for (const int lane : narrow.getShuffleMask()) {
      const int within = lane - static_cast<int>(before);
      mask.push_back(within < 0 ? lane : within + static_cast<int>(count));
    }
    for (int& lane : mask) {
      if (lane >= static_cast<int>(2 * count)) lane = -1;  // of a lane that nobody asks for
    }
    for (unsigned n = 0; n < 2; ++n) narrow.setOperand(n, resized(from.getOperand(n), count, &narrow));
    narrow.setShuffleMask(mask);
  }

  Value* narrowed(Value* value) const {
    const auto found = narrow_.find(value);
    return found == narrow_.end() ? value : found->second;
  }

  // A value with so many lanes, for use at `at`; those that it does not have are poison.
  Value* resized(Value* value, unsigned count, Instruction* at) const {
    value = narrowed(value);
    const unsigned lanes = lanes_in(value);
    if (lanes == count) return value;
    llvm::SmallVector<int, kWarpSize> mask(count, -1);
    std::iota(mask.begin(), mask.begin() + std::min(lanes, count), 0);
    llvm::IRBuilder<> builder(at);
    return builder.CreateShuffleVector(value, mask);
  }

  // Those that stay as they are.
  void replace_uses(Instruction& i) {
    for (llvm::Use& use : llvm::make_early_inc_range(i.uses())) {
      auto* user = llvm::cast<Instruction>(use.getUser());
      if (narrow_.contains(user)) continue;
      if (llvm::isa<llvm::ExtractElementInst>(user)) {
        use.set(narrow_[&i]);
      } else if (llvm::isa<llvm::ShuffleVectorInst>(user)) {
        use.set(resized(&i, kWarpSize, user));
      }
    }
  }

  llvm::Function& function_;
  llvm::DenseMap<const Instruction*, unsigned> demand_;  // lanes, the first ones
  std::vector<Instruction*> chosen_;
  llvm::DenseMap<const Value*, Instruction*> narrow_;
};

}  // namespace

void narrow_vectors(llvm::Function& function) {
  Narrowing(function).run();
}

}  // namespace vgpu::jit
