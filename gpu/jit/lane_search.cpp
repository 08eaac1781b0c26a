#include "gpu/jit/lane_search.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/Analysis/InstructionSimplify.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/PatternMatch.h>

#include <bit>
#include <cstdint>
#include <vector>

#include "gpu/warp/context.h"

namespace vgpu::jit {
namespace {

using llvm::Value;

constexpr std::uint32_t kAll = ~0u;

bool is_mask(const Value& value) {
  const auto* type = llvm::dyn_cast<llvm::FixedVectorType>(value.getType());
  return type != nullptr && type->getNumElements() == kWarpSize && type->getElementType()->isIntegerTy(1);
}

// Which lanes of each mask of a function can be set.
class PossibleLanes {
 public:
  explicit PossibleLanes(llvm::Function& function) {
    bool changed = true;
    while (changed) {
      changed = false;
      for (const llvm::Instruction& i : llvm::instructions(function)) {
        if (!is_mask(i)) continue;
        std::uint32_t& known = lanes_[&i];
        const std::uint32_t lanes = known | transfer(i);
        changed |= lanes != known;
        known = lanes;
      }
    }
  }

  // Instructions that have not been seen yet have none.
  [[nodiscard]] std::uint32_t of(const Value* value) const {
    if (const auto* constant = llvm::dyn_cast<llvm::Constant>(value)) {
      std::uint32_t lanes = 0;
      for (unsigned l = 0; l < kWarpSize; ++l) {
        const llvm::Constant* lane = constant->getAggregateElement(l);
        if (lane == nullptr || !lane->isNullValue()) lanes |= 1u << l;
      }
      return lanes;
    }
    return llvm::isa<llvm::Instruction>(value) ? lanes_.lookup(value) : kAll;
  }

 private:
  [[nodiscard]] std::uint32_t transfer(const llvm::Instruction& i) const {
    if (i.getOpcode() == llvm::Instruction::And) return of(i.getOperand(0)) & of(i.getOperand(1));
    if (i.getOpcode() == llvm::Instruction::Or) return of(i.getOperand(0)) | of(i.getOperand(1));
    if (const auto* select = llvm::dyn_cast<llvm::SelectInst>(&i)) {
      return of(select->getTrueValue()) | of(select->getFalseValue());
    }
    if (const auto* phi = llvm::dyn_cast<llvm::PHINode>(&i)) {
      std::uint32_t lanes = 0;
      for (const Value* value : phi->incoming_values()) lanes |= of(value);
      return lanes;
    }
    return kAll;
  }

  llvm::DenseMap<const Value*, std::uint32_t> lanes_;
};

}  // namespace

void fold_lane_searches(llvm::Function& function) {
  using llvm::PatternMatch::m_BitCast;
  using llvm::PatternMatch::m_Value;
  std::vector<llvm::IntrinsicInst*> searches;
  for (llvm::Instruction& i : llvm::instructions(function)) {
    auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&i);
    if (call == nullptr) continue;
    const llvm::Intrinsic::ID id = call->getIntrinsicID();
    // A search of an empty mask has no defined result.
    if ((id == llvm::Intrinsic::ctlz || id == llvm::Intrinsic::cttz) &&
        llvm::cast<llvm::ConstantInt>(call->getArgOperand(1))->isOne()) {
      searches.push_back(call);
    }
  }
  if (searches.empty()) return;
  const PossibleLanes possible(function);
  for (llvm::IntrinsicInst* search : searches) {
    Value* mask = nullptr;
    if (!llvm::PatternMatch::match(search->getArgOperand(0), m_BitCast(m_Value(mask))) || !is_mask(*mask)) continue;
    const std::uint32_t lanes = possible.of(mask);
    if (!std::has_single_bit(lanes)) continue;
    const int number =
        search->getIntrinsicID() == llvm::Intrinsic::ctlz ? std::countl_zero(lanes) : std::countr_zero(lanes);
    llvm::replaceAndRecursivelySimplify(search, llvm::ConstantInt::get(search->getType(), number));
  }
}

}  // namespace vgpu::jit
