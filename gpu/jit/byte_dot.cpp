#include "gpu/jit/byte_dot.h"

#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/KnownBits.h>

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

  // vpdpbusd multiplies unsigned by signed bytes. a = (a ^ 0x80) - 128 makes a signed operand unsigned.
  Value* with_vnni(Value* a, Value* b, Value* c, bool a_signed) {
    llvm::SmallVector<Value*, 2> halves;
    for (unsigned at = 0; at < 32; at += 16) {
      Value* x = part(a, at, 16);
      Value* y = part(b, at, 16);
      const auto dot = [&](Value* sum, Value* unsigned_bytes) {
        return builder_.CreateIntrinsic(llvm::Intrinsic::x86_avx512_vpdpbusd_512, {}, {sum, unsigned_bytes, y});
      };
      Value* sum = part(c, at, 16);
      if (!a_signed) {
        halves.push_back(dot(sum, x));
        continue;
      }
      llvm::Constant* bias = llvm::ConstantInt::get(x->getType(), kSignBits);
      Value* excess = dot(llvm::Constant::getNullValue(x->getType()), bias);
      halves.push_back(builder_.CreateSub(dot(sum, builder_.CreateXor(x, bias)), excess));
    }
    return joined(halves);
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

  llvm::IRBuilder<>& builder_;
  const Target& target_;
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
  for (llvm::CallInst* call : calls) {
    llvm::IRBuilder<> builder(call);
    const llvm::StringRef kind = call->getCalledFunction()->getName().take_back(2);
    Value* result = ByteDot(builder, target)
                        .expand(call->getArgOperand(0), call->getArgOperand(1), call->getArgOperand(2), kind[0] == 's',
                                kind[1] == 's', function.getParent()->getDataLayout());
    call->replaceAllUsesWith(result);
    call->eraseFromParent();
  }
}

}  // namespace vgpu::jit
