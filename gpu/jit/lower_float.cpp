#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>

#include "gpu/jit/lowering.h"

namespace vgpu::jit {
namespace {

using ptx::Opcode;

bool is_half(ptx::Type type) {
  return type == ptx::Type::F16 || type == ptx::Type::BF16;
}

const char* operation_name(Opcode op) {
  switch (op) {
    case Opcode::Add:
      return "add";
    case Opcode::Sub:
      return "sub";
    case Opcode::Mul:
      return "mul";
    case Opcode::Div:
      return "div";
    case Opcode::Sqrt:
      return "sqrt";
    case Opcode::Rcp:
      return "rcp";
    default:
      return "fma";
  }
}

const char* rounding_name(ptx::Rounding rounding) {
  switch (rounding) {
    case ptx::Rounding::Rz:
      return "rz";
    case ptx::Rounding::Rm:
      return "rm";
    case ptx::Rounding::Rp:
      return "rp";
    default:
      return "rn";
  }
}

}  // namespace

// Subnormal f32 values become zero of their sign.
Lowering::Value* Lowering::flush(Value* value) {
  Value* bits = bits_of(value);
  llvm::Type* type = bits->getType();
  Value* exponent = builder_.CreateAnd(bits, llvm::ConstantInt::get(type, 0x7f800000u));
  Value* zero = builder_.CreateAnd(bits, llvm::ConstantInt::get(type, 0x80000000u));
  Value* tiny = builder_.CreateICmpEQ(exponent, llvm::Constant::getNullValue(type));
  return as_real(select(tiny, zero, bits), builder_.getFloatTy());
}

Lowering::Value* Lowering::flush_if_explicit(const ptx::Instruction& i, Value* value) {
  const bool wanted = i.ftz && flush_mode_ == FlushMode::Explicit;
  return wanted && value->getType()->getScalarType()->isFloatTy() ? flush(value) : value;
}

Lowering::Value* Lowering::saturate(Value* value) {
  llvm::Type* type = value->getType();
  Value* zero = llvm::ConstantFP::get(type, 0.0);
  Value* one = llvm::ConstantFP::get(type, 1.0);
  value = select(builder_.CreateFCmpOGT(value, zero), value, zero);
  return select(builder_.CreateFCmpOLT(value, one), value, one);
}

Lowering::Value* Lowering::fused(Value* a, Value* b, Value* c) {
  if (target_.has_fma()) return intrinsic(llvm::Intrinsic::fma, {a->getType()}, {a, b, c});
  const bool is_double = a->getType()->getScalarType()->isDoubleTy();
  return helper(is_double ? "vgpu_engine_fma_f64_rn" : "vgpu_engine_fma_f32_rn", a->getType()->getScalarType(),
                {a, b, c});
}

Lowering::Value* Lowering::helper(const std::string& name, llvm::Type* result_element, llvm::ArrayRef<Value*> sources) {
  std::vector<Value*> arguments{slot(lanes_of(result_element))};
  bool scalar = true;
  for (Value* source : sources) {
    scalar &= !source->getType()->isVectorTy();
    arguments.push_back(spill(splat(source)));
  }
  call(name, builder_.getVoidTy(), arguments);
  Value* result = builder_.CreateAlignedLoad(lanes_of(result_element), arguments[0], llvm::Align(64));
  return scalar ? builder_.CreateExtractElement(result, std::uint64_t{0}) : result;
}

Lowering::Value* Lowering::rounded_arithmetic(const ptx::Instruction& i, llvm::ArrayRef<Value*> sources) {
  llvm::Type* element = sources[0]->getType()->getScalarType();
  const bool is_float = element->isFloatTy();
  llvm::Intrinsic::ID id = llvm::Intrinsic::not_intrinsic;
  switch (i.op) {
    case Opcode::Add:
      id = llvm::Intrinsic::x86_avx512_add_ps_512;
      break;
    case Opcode::Sub:
      id = llvm::Intrinsic::x86_avx512_sub_ps_512;
      break;
    case Opcode::Mul:
      id = llvm::Intrinsic::x86_avx512_mul_ps_512;
      break;
    case Opcode::Fma:
    case Opcode::Mad:
      id = llvm::Intrinsic::x86_avx512_vfmadd_ps_512;
      break;
    default:
      break;
  }
  const bool inline_form = target_.set == InstructionSet::Avx512 && is_float && !scalar_;
  if (!inline_form || id == llvm::Intrinsic::not_intrinsic) {
    const std::string name =
        std::string("vgpu_engine_") + operation_name(i.op) + (is_float ? "_f32_" : "_f64_") + rounding_name(i.rounding);
    return helper(name, element, sources);
  }
  // Embedded rounding: 8 suppresses exceptions, then 1 = down, 2 = up, 3 = towards zero.
  const unsigned control = 8 | (i.rounding == ptx::Rounding::Rm ? 1u : i.rounding == ptx::Rounding::Rp ? 2u : 3u);
  llvm::SmallVector<int, 16> low, high;
  llvm::SmallVector<int, 32> all;
  for (int n = 0; n < 16; ++n) {
    low.push_back(n);
    high.push_back(n + 16);
  }
  for (int n = 0; n < 32; ++n) all.push_back(n);
  const auto half = [&](const llvm::SmallVector<int, 16>& lanes) {
    std::vector<Value*> arguments;
    for (Value* source : sources) arguments.push_back(builder_.CreateShuffleVector(source, lanes));
    arguments.push_back(builder_.getInt32(control));
    return intrinsic(id, {}, arguments);
  };
  Value* first = half(low);
  return builder_.CreateShuffleVector(first, half(high), all);
}

Lowering::Value* Lowering::arithmetic(const ptx::Instruction& i, llvm::ArrayRef<Value*> sources) {
  switch (i.rounding) {
    case ptx::Rounding::Rz:
    case ptx::Rounding::Rm:
    case ptx::Rounding::Rp:
      return rounded_arithmetic(i, sources);
    default:
      break;
  }
  switch (i.op) {
    case Opcode::Add:
      return builder_.CreateFAdd(sources[0], sources[1]);
    case Opcode::Sub:
      return builder_.CreateFSub(sources[0], sources[1]);
    case Opcode::Mul:
      return builder_.CreateFMul(sources[0], sources[1]);
    case Opcode::Div:
      return builder_.CreateFDiv(sources[0], sources[1]);
    default:
      return fused(sources[0], sources[1], sources[2]);
  }
}

Lowering::Value* Lowering::minimum_maximum(const ptx::Instruction& i, Value* a, Value* b) {
  llvm::Type* element = a->getType()->getScalarType();
  Value* first = i.op == Opcode::Min ? builder_.CreateFCmpOLT(a, b) : builder_.CreateFCmpOGT(a, b);
  Value* chosen = bits_of(select(first, a, b));
  // Equal operands differ only as zeros: -0 is less than +0.
  Value* zeros =
      i.op == Opcode::Min ? builder_.CreateOr(bits_of(a), bits_of(b)) : builder_.CreateAnd(bits_of(a), bits_of(b));
  chosen = select(builder_.CreateFCmpOEQ(a, b), zeros, chosen);
  Value* b_is_nan = builder_.CreateFCmpUNO(b, b);
  chosen = select(b_is_nan, bits_of(a), chosen);
  Value* is_nan = i.nan ? builder_.CreateFCmpUNO(a, b) : builder_.CreateAnd(builder_.CreateFCmpUNO(a, a), b_is_nan);
  const std::uint64_t nan = element->isFloatTy() ? 0x7fffffffu : 0x7fffffffffffffffu;
  return as_real(select(is_nan, llvm::ConstantInt::get(chosen->getType(), nan), chosen), element);
}

bool Lowering::lower_float(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  const ptx::Operand& destination = function_.destinations(i)[0];
  ptx::Type type = i.types[0];
  if (i.abs_xorsign) return unsupported(i);
  const bool packed = type == ptx::Type::F16x2 || type == ptx::Type::BF16x2;
  if (type == ptx::Type::F16x2) type = ptx::Type::F16;
  if (type == ptx::Type::BF16x2) type = ptx::Type::BF16;
  const unsigned width = ptx::bit_width(type);
  const auto compute_bits = [&](llvm::ArrayRef<Value*> bits) -> Value* {
    const std::uint64_t sign = std::uint64_t{1} << (width - 1);
    Value* result = nullptr;
    if (i.op == Opcode::Abs) {
      result = builder_.CreateAnd(bits[0], constant(width, sign - 1));
    } else if (i.op == Opcode::Neg) {
      result = builder_.CreateXor(bits[0], constant(width, sign));
    } else if (i.op == Opcode::Copysign) {
      return builder_.CreateOr(builder_.CreateAnd(bits[0], constant(width, sign)),
                               builder_.CreateAnd(bits[1], constant(width, sign - 1)));
    }
    if (result != nullptr) return i.ftz && width == 32 ? bits_of(flush(result)) : result;
    std::vector<Value*> real;
    const bool is_fused = i.op == Opcode::Fma || i.op == Opcode::Mad;
    for (Value* source : bits) {
      if (!is_half(type)) {
        real.push_back(flush_if_explicit(i, as_real(source, float_of(type))));
        continue;
      }
      Value* wide = widen_half(source, type);
      // The sum of a fused product is not exact in f32: f64 holds it.
      if (is_fused && type == ptx::Type::F16) wide = builder_.CreateFPExt(wide, shaped(builder_.getDoubleTy()));
      real.push_back(wide);
    }
    const bool chooses = i.op == Opcode::Min || i.op == Opcode::Max;
    Value* value = chooses ? minimum_maximum(i, real[0], real[1]) : arithmetic(i, real);
    if (chooses && i.ftz && flush_mode_ == FlushMode::Hardware && width == 32) value = flush(value);
    value = flush_if_explicit(i, value);
    if (i.saturate) value = saturate(value);
    if (i.relu) {
      Value* zero = llvm::Constant::getNullValue(value->getType());
      value =
          select(builder_.CreateFCmpULT(value, zero), select(builder_.CreateFCmpUNO(value, value), value, zero), value);
    }
    return is_half(type) ? narrow_half(value, type, ptx::Rounding::Rn) : bits_of(value);
  };
  if (!packed) {
    std::vector<Value*> bits;
    for (const ptx::Operand& source : sources) bits.push_back(read(source, width));
    write(destination, compute_bits(bits));
    return true;
  }
  Value* result = constant(32, 0);
  for (unsigned shift : {0u, 16u}) {
    std::vector<Value*> bits;
    for (const ptx::Operand& source : sources) {
      bits.push_back(resize(builder_.CreateLShr(read(source, 32), constant(32, shift)), 16, false));
    }
    Value* half = resize(compute_bits(bits), 32, false);
    result = builder_.CreateOr(result, builder_.CreateShl(half, constant(32, shift)));
  }
  write(destination, result);
  return true;
}

}  // namespace vgpu::jit
