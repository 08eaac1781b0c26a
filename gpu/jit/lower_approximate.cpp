#include <llvm/IR/Intrinsics.h>

#include <bit>

#include "gpu/jit/lowering.h"
#include "gpu/warp/approximations.h"

// The .approx functions on f32, operation by operation as gpu/warp/approximations.h has them, and rcp, sqrt, rsqrt.
namespace vgpu::jit {

using ptx::Opcode;
namespace approximation = vgpu::warp;

Lowering::Value* Lowering::canonical_nan_if(Value* condition, Value* otherwise) {
  Value* nan = as_real(constant(32, std::bit_cast<std::uint32_t>(approximation::kCanonicalNan)), builder_.getFloatTy());
  return select(condition, nan, otherwise);
}

Lowering::Value* Lowering::round_to_integer(Value* x) {
  llvm::Type* f32 = builder_.getFloatTy();
  Value* magic = real_constant(f32, approximation::kRoundMagic);
  Value* rounded = builder_.CreateFSub(builder_.CreateFAdd(x, magic), magic);
  Value* magnitude = intrinsic(llvm::Intrinsic::fabs, {x->getType()}, {x});
  return select(builder_.CreateFCmpOLT(magnitude, real_constant(f32, approximation::kRoundMagicLimit)), rounded, x);
}

Lowering::Value* Lowering::exponential(Value* x) {
  llvm::Type* f32 = builder_.getFloatTy();
  const auto real = [&](double value) { return real_constant(f32, value); };
  Value* is_nan = builder_.CreateFCmpUNO(x, x);
  Value* clamped = select(builder_.CreateFCmpOLT(x, real(-160.0)), real(-160.0), x);
  clamped = select(builder_.CreateFCmpOGT(clamped, real(130.0)), real(130.0), clamped);
  clamped = select(is_nan, real(0.0), clamped);
  Value* magic = real(approximation::kRoundMagic);
  Value* n = builder_.CreateFSub(builder_.CreateFAdd(clamped, magic), magic);
  Value* f = builder_.CreateFSub(clamped, n);
  Value* p = real(approximation::kEx2[7]);
  for (int k = 6; k >= 0; --k) p = fused(p, f, real(approximation::kEx2[k]));
  Value* whole = builder_.CreateFPToSI(n, shaped(integer(32)));
  Value* half = builder_.CreateAShr(whole, constant(32, 1));
  const auto power = [&](Value* exponent) {
    Value* biased = builder_.CreateAdd(exponent, constant(32, 127));
    return as_real(builder_.CreateShl(biased, constant(32, 23)), f32);
  };
  Value* low = power(half);
  Value* high = power(builder_.CreateSub(whole, half));
  return canonical_nan_if(is_nan, builder_.CreateFMul(builder_.CreateFMul(p, low), high));
}

Lowering::Value* Lowering::logarithm(Value* x) {
  llvm::Type* f32 = builder_.getFloatTy();
  const auto real = [&](double value) { return real_constant(f32, value); };
  Value* input = bits_of(x);
  Value* subnormal = builder_.CreateICmpEQ(builder_.CreateAnd(input, constant(32, 0x7f800000u)), constant(32, 0));
  Value* scaled = select(subnormal, builder_.CreateFMul(x, real(approximation::kTwoPow23)), x);
  Value* bits = bits_of(scaled);
  Value* exponent = builder_.CreateAShr(builder_.CreateSub(bits, constant(32, 0x3f3504f3u)), constant(32, 23));
  Value* m = as_real(builder_.CreateSub(bits, builder_.CreateShl(exponent, constant(32, 23))), f32);
  Value* s = builder_.CreateFDiv(builder_.CreateFSub(m, real(1.0)), builder_.CreateFAdd(m, real(1.0)));
  Value* square = builder_.CreateFMul(s, s);
  Value* p = real(approximation::kLg2[5]);
  for (int k = 4; k >= 0; --k) p = fused(p, square, real(approximation::kLg2[k]));
  Value* correction = select(subnormal, constant(32, 23), constant(32, 0));
  Value* whole = builder_.CreateSIToFP(builder_.CreateSub(exponent, correction), shaped(f32));
  Value* result = fused(s, p, whole);
  result = select(builder_.CreateICmpEQ(input, constant(32, 0x7f800000u)), x, result);
  Value* is_zero = builder_.CreateICmpEQ(builder_.CreateAnd(input, constant(32, 0x7fffffffu)), constant(32, 0));
  result = select(is_zero, llvm::ConstantFP::getInfinity(shaped(f32), true), result);
  Value* negative = builder_.CreateICmpUGT(input, constant(32, 0x80000000u));
  return canonical_nan_if(builder_.CreateOr(builder_.CreateFCmpUNO(x, x), negative), result);
}

Lowering::Value* Lowering::sine(Value* x, double quarter) {
  llvm::Type* f32 = builder_.getFloatTy();
  const auto real = [&](double value) { return real_constant(f32, value); };
  Value* k = round_to_integer(builder_.CreateFMul(x, real(approximation::kTwoOverPi)));
  Value* r = fused(k, real(-approximation::kHalfPiHigh), x);
  r = fused(k, real(-approximation::kHalfPiMiddle), r);
  r = fused(k, real(-approximation::kHalfPiLow), r);
  r = select(builder_.CreateFCmpOGT(r, real(0.8f)), real(0.8f), r);
  r = select(builder_.CreateFCmpOLT(r, real(-0.8f)), real(-0.8f), r);
  Value* turn = builder_.CreateFAdd(k, real(quarter));
  Value* fourth = builder_.CreateFMul(turn, real(0.25));
  Value* nearest = round_to_integer(fourth);
  Value* floor = select(builder_.CreateFCmpOGT(nearest, fourth), builder_.CreateFSub(nearest, real(1.0)), nearest);
  Value* quadrant = fused(floor, real(-4.0), turn);
  Value* square = builder_.CreateFMul(r, r);
  Value* sine = real(approximation::kSin[3]);
  for (int n = 2; n >= 0; --n) sine = fused(sine, square, real(approximation::kSin[n]));
  sine = fused(builder_.CreateFMul(r, square), sine, r);
  Value* cosine = real(approximation::kCos[3]);
  for (int n = 2; n >= 0; --n) cosine = fused(cosine, square, real(approximation::kCos[n]));
  cosine = fused(square, cosine, real(1.0));
  Value* odd =
      builder_.CreateOr(builder_.CreateFCmpOEQ(quadrant, real(1.0)), builder_.CreateFCmpOEQ(quadrant, real(3.0)));
  Value* value = select(odd, cosine, sine);
  Value* negated = as_real(builder_.CreateXor(bits_of(value), constant(32, 0x80000000u)), f32);
  Value* result = select(builder_.CreateFCmpOGE(quadrant, real(2.0)), negated, value);
  return canonical_nan_if(builder_.CreateFCmpUNE(builder_.CreateFSub(x, x), real(0.0)), result);
}

Lowering::Value* Lowering::tangent(Value* x) {
  llvm::Type* f32 = builder_.getFloatTy();
  const auto real = [&](double value) { return real_constant(f32, value); };
  Value* magnitude = intrinsic(llvm::Intrinsic::fabs, {x->getType()}, {x});
  Value* square = builder_.CreateFMul(x, x);
  Value* small = real(approximation::kTanh[4]);
  for (int k = 3; k >= 0; --k) small = fused(small, square, real(approximation::kTanh[k]));
  small = fused(builder_.CreateFMul(x, square), small, x);
  Value* power = exponential(builder_.CreateFMul(magnitude, real(approximation::kTwoOverLn2)));
  Value* quotient = builder_.CreateFDiv(real(2.0), builder_.CreateFAdd(power, real(1.0)));
  Value* large = builder_.CreateFSub(real(1.0), quotient);
  large = intrinsic(llvm::Intrinsic::copysign, {x->getType()}, {large, x});
  Value* result = select(builder_.CreateFCmpOLT(magnitude, real(0.5)), small, large);
  return canonical_nan_if(builder_.CreateFCmpUNO(x, x), result);
}

bool Lowering::lower_approximate(const ptx::Instruction& i) {
  const ptx::Type type = i.types[0];
  const ptx::Operand& source = function_.sources(i)[0];
  const ptx::Operand& destination = function_.destinations(i)[0];
  const bool is_half = type == ptx::Type::F16 || type == ptx::Type::BF16;
  const bool is_packed = type == ptx::Type::F16x2 || type == ptx::Type::BF16x2;
  const auto compute = [&](Value* x) -> Value* {
    const bool nearest = i.rounding == ptx::Rounding::Rn || i.rounding == ptx::Rounding::None;
    Value* one = llvm::ConstantFP::get(x->getType(), 1.0);
    switch (i.op) {
      case Opcode::Ex2:
        return exponential(x);
      case Opcode::Lg2:
        return logarithm(x);
      case Opcode::Sin:
        return sine(x, 0.0);
      case Opcode::Cos:
        return sine(x, 1.0);
      case Opcode::Tanh:
        return tangent(x);
      case Opcode::Rcp:
        if (!nearest) return rounded_arithmetic(i, {x});
        return builder_.CreateFDiv(one, x);
      case Opcode::Sqrt:
        if (!nearest) return rounded_arithmetic(i, {x});
        return intrinsic(llvm::Intrinsic::sqrt, {x->getType()}, {x});
      default:
        return builder_.CreateFDiv(one, intrinsic(llvm::Intrinsic::sqrt, {x->getType()}, {x}));
    }
  };
  const auto canonical = [&](Value* result) {
    if (!i.approx || !result->getType()->getScalarType()->isFloatTy()) return result;
    return canonical_nan_if(builder_.CreateFCmpUNO(result, result), result);
  };
  if (is_packed) {
    const ptx::Type element = type == ptx::Type::F16x2 ? ptx::Type::F16 : ptx::Type::BF16;
    Value* packed = read(source, 32);
    const auto half = [&](unsigned shift) {
      Value* bits = resize(builder_.CreateLShr(packed, constant(32, shift)), 16, false);
      Value* result = narrow_half(compute(widen_half(bits, element)), element, ptx::Rounding::Rn);
      return builder_.CreateShl(resize(result, 32, false), constant(32, shift));
    };
    Value* low = half(0);
    write(destination, builder_.CreateOr(low, half(16)));
    return true;
  }
  if (is_half) {
    write(destination, narrow_half(compute(widen_half(read(source, 16), type)), type, ptx::Rounding::Rn));
    return true;
  }
  Value* x = read_real(source, type);
  const bool flushes = i.ftz && type == ptx::Type::F32;
  // The approximations look at the bits of their operand, which DAZ does not change.
  if (flushes) x = flush(x);
  Value* result = canonical(compute(x));
  if (flushes) result = flush(result);
  write(destination, result);
  return true;
}

}  // namespace vgpu::jit
