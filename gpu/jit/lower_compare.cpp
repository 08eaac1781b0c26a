#include <llvm/IR/Intrinsics.h>

#include "gpu/jit/lowering.h"

// setp, set, selp, slct, testp.
namespace vgpu::jit {
namespace {

using llvm::CmpInst;
using ptx::Comparison;
using ptx::Opcode;

CmpInst::Predicate integer_predicate(Comparison comparison, bool is_signed) {
  switch (comparison) {
    case Comparison::Ne:
      return CmpInst::ICMP_NE;
    case Comparison::Lt:
      return is_signed ? CmpInst::ICMP_SLT : CmpInst::ICMP_ULT;
    case Comparison::Le:
      return is_signed ? CmpInst::ICMP_SLE : CmpInst::ICMP_ULE;
    case Comparison::Gt:
      return is_signed ? CmpInst::ICMP_SGT : CmpInst::ICMP_UGT;
    case Comparison::Ge:
      return is_signed ? CmpInst::ICMP_SGE : CmpInst::ICMP_UGE;
    case Comparison::Lo:
      return CmpInst::ICMP_ULT;
    case Comparison::Ls:
      return CmpInst::ICMP_ULE;
    case Comparison::Hi:
      return CmpInst::ICMP_UGT;
    case Comparison::Hs:
      return CmpInst::ICMP_UGE;
    default:
      return CmpInst::ICMP_EQ;
  }
}

CmpInst::Predicate real_predicate(Comparison comparison) {
  switch (comparison) {
    case Comparison::Ne:
      return CmpInst::FCMP_ONE;
    case Comparison::Lt:
      return CmpInst::FCMP_OLT;
    case Comparison::Le:
      return CmpInst::FCMP_OLE;
    case Comparison::Gt:
      return CmpInst::FCMP_OGT;
    case Comparison::Ge:
      return CmpInst::FCMP_OGE;
    case Comparison::Equ:
      return CmpInst::FCMP_UEQ;
    case Comparison::Neu:
      return CmpInst::FCMP_UNE;
    case Comparison::Ltu:
      return CmpInst::FCMP_ULT;
    case Comparison::Leu:
      return CmpInst::FCMP_ULE;
    case Comparison::Gtu:
      return CmpInst::FCMP_UGT;
    case Comparison::Geu:
      return CmpInst::FCMP_UGE;
    case Comparison::Num:
      return CmpInst::FCMP_ORD;
    case Comparison::Nan:
      return CmpInst::FCMP_UNO;
    default:
      return CmpInst::FCMP_OEQ;
  }
}

}  // namespace

Lowering::Value* Lowering::compare(const ptx::Instruction& i, ptx::Type type) {
  const auto sources = function_.sources(i);
  const unsigned width = ptx::bit_width(type);
  if (!ptx::is_float(type)) {
    return builder_.CreateICmp(integer_predicate(i.comparison, ptx::is_signed_integer(type)), read(sources[0], width),
                               read(sources[1], width));
  }
  const auto real = [&](std::size_t s) {
    if (type == ptx::Type::F16 || type == ptx::Type::BF16) return widen_half(read(sources[s], 16), type);
    return flush_if_explicit(i, read_real(sources[s], type));
  };
  Value* a = real(0);
  return builder_.CreateFCmp(real_predicate(i.comparison), a, real(1));
}

bool Lowering::lower_compare(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  const auto destinations = function_.destinations(i);
  const auto combine = [&](Value* a, Value* c) {
    switch (i.boolean) {
      case ptx::Boolean::And:
        return builder_.CreateAnd(a, c);
      case ptx::Boolean::Or:
        return builder_.CreateOr(a, c);
      case ptx::Boolean::Xor:
        return builder_.CreateXor(a, c);
      default:
        return a;
    }
  };
  switch (i.op) {
    case Opcode::Setp: {
      if (i.types[0] == ptx::Type::F16x2 || i.types[0] == ptx::Type::BF16x2) return unsupported(i);
      Value* result = compare(i, i.types[0]);
      Value* third = i.boolean != ptx::Boolean::None ? read(sources[2], 1) : nullptr;
      if (destinations.size() > 1) {
        Value* negated = builder_.CreateNot(result);
        write(destinations[1], third != nullptr ? combine(negated, third) : negated);
      }
      write(destinations[0], third != nullptr ? combine(result, third) : result);
      return true;
    }
    case Opcode::Set: {
      if (ptx::bit_width(i.types[0]) != 32 || i.types[0] == ptx::Type::F16x2) return unsupported(i);
      Value* result = compare(i, i.types[1]);
      if (i.boolean != ptx::Boolean::None) result = combine(result, read(sources[2], 1));
      const std::uint32_t truth = i.types[0] == ptx::Type::F32 ? 0x3f800000u : ~0u;
      write(destinations[0], select(result, constant(32, truth), constant(32, 0)));
      return true;
    }
    case Opcode::Selp: {
      const unsigned width = ptx::bit_width(i.types[0]);
      if (scalar_ && shapes_->of(sources[2], 1).kind > Kind::Uniform) scalar_ = false;
      Value* condition = scalar_ ? read_base(sources[2], 1) : nullptr;
      if (condition == nullptr) {
        condition =
            shapes_->of(sources[2], 1).kind <= Kind::Uniform ? read_base(sources[2], 1) : read_lanes(sources[2], 1);
      }
      write(destinations[0], select(condition, read(sources[0], width), read(sources[1], width)));
      return true;
    }
    case Opcode::Slct: {
      const unsigned width = ptx::bit_width(i.types[0]);
      Value* condition = nullptr;
      if (i.types[1] == ptx::Type::F32) {
        Value* c = flush_if_explicit(i, read_real(sources[2], ptx::Type::F32));
        condition = builder_.CreateFCmpOGE(c, real_constant(builder_.getFloatTy(), 0.0));
      } else {
        condition = builder_.CreateICmpSGE(read(sources[2], 32), constant(32, 0));
      }
      write(destinations[0], select(condition, read(sources[0], width), read(sources[1], width)));
      return true;
    }
    default:
      break;
  }
  const unsigned width = ptx::bit_width(i.types[0]);
  const unsigned mantissa = width == 64 ? 52 : 23;
  if (width != 32 && width != 64) return unsupported(i);
  const std::uint64_t magnitude_mask = (std::uint64_t{1} << (width - 1)) - 1;
  const std::uint64_t infinity = magnitude_mask & ~((std::uint64_t{1} << mantissa) - 1);
  const std::uint64_t least_normal = std::uint64_t{1} << mantissa;
  Value* magnitude = builder_.CreateAnd(read(sources[0], width), constant(width, magnitude_mask));
  const auto below = [&](std::uint64_t limit) { return builder_.CreateICmpULT(magnitude, constant(width, limit)); };
  Value* result = nullptr;
  switch (i.comparison) {
    case Comparison::Finite:
      result = below(infinity);
      break;
    case Comparison::Infinite:
      result = builder_.CreateICmpEQ(magnitude, constant(width, infinity));
      break;
    case Comparison::Num:
      result = below(infinity + 1);
      break;
    case Comparison::Nan:
      result = builder_.CreateNot(below(infinity + 1));
      break;
    case Comparison::Normal:
      result = builder_.CreateAnd(below(infinity), builder_.CreateNot(below(least_normal)));
      break;
    case Comparison::Subnormal:
      result = builder_.CreateAnd(below(least_normal), builder_.CreateICmpNE(magnitude, constant(width, 0)));
      break;
    default:
      return unsupported(i);
  }
  write(destinations[0], result);
  return true;
}

}  // namespace vgpu::jit
