#include "gpu/jit/byte_dot.h"

#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/KnownBits.h>

#include <array>
#include <map>
#include <string>
#include <utility>

namespace vgpu::jit {
namespace {

using llvm::Value;

constexpr char kPrefix[] = "vgpu.dp4a.";
constexpr std::uint32_t kSignBits = 0x80808080u;

// One dot product, in parts of the target's vector width.
class ByteDot {
 public:
  ByteDot(llvm::IRBuilder<>& builder, const Target& target) : builder_(builder), target_(target) {}

  Value* expand(Value* a, Value* b, Value* c, bool a_signed, bool b_signed, const llvm::DataLayout& layout) {
    const auto never_negative = [&](Value* value) {
      const llvm::KnownBits known = llvm::computeKnownBits(value, layout);
      return (known.Zero.getZExtValue() & kSignBits) == kSignBits;
    };
    if (a_signed && never_negative(a)) a_signed = false;
    if (a_signed && b_signed && never_negative(b)) b_signed = false;
    if (a_signed && !b_signed) {
      std::swap(a, b);
      std::swap(a_signed, b_signed);
    }
    if (!b_signed && never_negative(b)) b_signed = true;
    if (target_.vnni && b_signed) return with_vnni(a, b, c, a_signed);
    return with_multiply_add(a, b, c, a_signed, b_signed);
  }

 private:
  Value* part(Value* value, unsigned at, unsigned count) {
    llvm::SmallVector<int, 64> lanes;
    for (unsigned n = 0; n < count; ++n) lanes.push_back(static_cast<int>(at + n));
    return builder_.CreateShuffleVector(value, lanes);
  }

  Value* joined(llvm::ArrayRef<Value*> parts) {
    llvm::SmallVector<Value*, 8> level(parts.begin(), parts.end());
    while (level.size() > 1) {
      llvm::SmallVector<Value*, 8> next;
      for (std::size_t n = 0; n < level.size(); n += 2) {
        const unsigned count = llvm::cast<llvm::FixedVectorType>(level[n]->getType())->getNumElements();
        llvm::SmallVector<int, 64> lanes;
        for (unsigned k = 0; k < 2 * count; ++k) lanes.push_back(static_cast<int>(k));
        next.push_back(builder_.CreateShuffleVector(level[n], level[n + 1], lanes));
      }
      level = next;
    }
    return level[0];
  }

  // vpdpbusd multiplies unsigned by signed bytes. a = (a ^ 0x80) - 128 makes a signed operand unsigned. Where one dot
  // product is added to another, what is to be subtracted is added up by itself.
  Value* with_vnni(Value* a, Value* b, Value* c, bool a_signed) {
    const auto before = sums_.find(c);
    Sum halves[2];
    Value* results[2];
    for (unsigned h = 0; h < 2; ++h) {
      Value* x = part(a, 16 * h, 16);
      Value* y = part(b, 16 * h, 16);
      const auto dot = [&](Value* sum, Value* unsigned_bytes) {
        return builder_.CreateIntrinsic(llvm::Intrinsic::x86_avx512_vpdpbusd_512, {}, {sum, unsigned_bytes, y});
      };
      Sum& sum = halves[h];
      if (before != sums_.end()) {
        sum = before->second[h];
      } else {
        sum.products = part(c, 16 * h, 16);
      }
      if (a_signed) {
        llvm::Constant* bias = llvm::ConstantInt::get(x->getType(), kSignBits);
        Value* excess = sum.excess != nullptr ? sum.excess : llvm::Constant::getNullValue(x->getType());
        sum = {.products = dot(sum.products, builder_.CreateXor(x, bias)), .excess = dot(excess, bias)};
      } else {
        sum.products = dot(sum.products, x);
      }
      results[h] = sum.excess == nullptr ? sum.products : builder_.CreateSub(sum.products, sum.excess);
    }
    Value* result = joined(results);
    sums_[result] = {halves[0], halves[1]};
    return result;
  }

  // Bytes as 16-bit numbers, then pmaddwd: the products of neighbours are added in 32 bits.
  Value* with_multiply_add(Value* a, Value* b, Value* c, bool a_signed, bool b_signed) {
    const bool wide = target_.set >= InstructionSet::Avx2;
    const unsigned count = wide ? 8 : 4;
    llvm::Type* words = llvm::FixedVectorType::get(builder_.getInt16Ty(), 2 * count);
    llvm::SmallVector<Value*, 8> parts;
    for (unsigned at = 0; at < 32; at += count) {
      const auto bytes = [&](Value* value, bool odd, bool is_signed) {
        Value* pair = builder_.CreateBitCast(part(value, at, count), words);
        llvm::Constant* eight = llvm::ConstantInt::get(words, 8);
        if (!odd) pair = builder_.CreateShl(pair, eight);
        return is_signed ? builder_.CreateAShr(pair, eight) : builder_.CreateLShr(pair, eight);
      };
      Value* sum = part(c, at, count);
      for (bool odd : {false, true}) {
        Value* products =
            builder_.CreateIntrinsic(wide ? llvm::Intrinsic::x86_avx2_pmadd_wd : llvm::Intrinsic::x86_sse2_pmadd_wd, {},
                                     {bytes(a, odd, a_signed), bytes(b, odd, b_signed)});
        sum = builder_.CreateAdd(sum, products);
      }
      parts.push_back(sum);
    }
    return joined(parts);
  }

  // Sixteen lanes of a sum of products: what has been added, and how much of that is too much, if anything is.
  struct Sum {
    Value* products = nullptr;
    Value* excess = nullptr;
  };

  llvm::IRBuilder<>& builder_;
  const Target& target_;
  std::map<Value*, std::array<Sum, 2>> sums_;
};

}  // namespace

Value* emit_byte_dot(llvm::IRBuilder<>& builder, Value* a, Value* b, Value* c, bool a_signed, bool b_signed) {
  llvm::Module* module = builder.GetInsertBlock()->getModule();
  const std::string name = std::string(kPrefix) + (a_signed ? 's' : 'u') + (b_signed ? 's' : 'u');
  llvm::FunctionCallee callee = module->getOrInsertFunction(
      name, llvm::FunctionType::get(a->getType(), {a->getType(), b->getType(), c->getType()}, false));
  auto* function = llvm::cast<llvm::Function>(callee.getCallee());
  function->setMemoryEffects(llvm::MemoryEffects::none());
  function->setDoesNotThrow();
  function->addFnAttr(llvm::Attribute::WillReturn);
  return builder.CreateCall(callee, {a, b, c});
}

void expand_byte_dots(llvm::Function& function, const Target& target) {
  llvm::SmallVector<llvm::CallInst*, 64> calls;
  for (llvm::BasicBlock& block : function) {
    for (llvm::Instruction& instruction : block) {
      auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
      if (call == nullptr || call->getCalledFunction() == nullptr) continue;
      if (call->getCalledFunction()->getName().starts_with(kPrefix)) calls.push_back(call);
    }
  }
  llvm::IRBuilder<> builder(function.getContext());
  ByteDot dot(builder, target);
  for (llvm::CallInst* call : calls) {
    builder.SetInsertPoint(call);
    const llvm::StringRef kind = call->getCalledFunction()->getName().take_back(2);
    Value* result = dot.expand(call->getArgOperand(0), call->getArgOperand(1), call->getArgOperand(2), kind[0] == 's',
                               kind[1] == 's', function.getParent()->getDataLayout());
    call->replaceAllUsesWith(result);
    call->eraseFromParent();
  }
}

}  // namespace vgpu::jit
