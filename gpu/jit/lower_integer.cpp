#include <llvm/IR/Intrinsics.h>

#include "gpu/jit/lowering.h"

namespace vgpu::jit {
namespace {

using llvm::Intrinsic::ID;
using ptx::Opcode;

ID minimum_maximum_id(const ptx::Instruction& i) {
  const bool is_signed = ptx::is_signed_integer(i.types[0]) || i.types[0] == ptx::Type::S16x2;
  if (i.op == Opcode::Min) return is_signed ? llvm::Intrinsic::smin : llvm::Intrinsic::umin;
  return is_signed ? llvm::Intrinsic::smax : llvm::Intrinsic::umax;
}

}  // namespace

bool Lowering::lower_packed_integer(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  llvm::Type* halves = llvm::FixedVectorType::get(integer(16), scalar_ ? 2 : 64);
  llvm::Type* words = shaped(integer(32));
  const auto half = [&](std::size_t s) { return builder_.CreateBitCast(read(sources[s], 32), halves); };
  Value* result = nullptr;
  switch (i.op) {
    case Opcode::Add:
      result = builder_.CreateAdd(half(0), half(1));
      break;
    case Opcode::Sub:
      result = builder_.CreateSub(half(0), half(1));
      break;
    case Opcode::Min:
    case Opcode::Max:
      result = intrinsic(minimum_maximum_id(i), {halves}, {half(0), half(1)});
      if (i.relu) result = intrinsic(llvm::Intrinsic::smax, {halves}, {result, llvm::Constant::getNullValue(halves)});
      break;
    case Opcode::Neg:
      result = builder_.CreateNeg(half(0));
      break;
    default:
      return unsupported(i);
  }
  write(function_.destinations(i)[0], builder_.CreateBitCast(result, words));
  return true;
}

Lowering::Value* Lowering::multiply_high(Value* a, Value* b, unsigned width, bool is_signed) {
  Value* product = builder_.CreateMul(resize(a, 2 * width, is_signed), resize(b, 2 * width, is_signed));
  return resize(builder_.CreateLShr(product, width), width, false);
}

bool Lowering::lower_integer(const ptx::Instruction& i) {
  const ptx::Type type = i.types[0];
  if (type == ptx::Type::U16x2 || type == ptx::Type::S16x2) return lower_packed_integer(i);
  const auto sources = function_.sources(i);
  const auto destinations = function_.destinations(i);
  const unsigned width = ptx::bit_width(type);
  const bool is_signed = ptx::is_signed_integer(type);
  const auto source = [&](std::size_t s) { return read(sources[s], width); };
  const auto done = [&](Value* value) {
    write(destinations[0], value, is_signed);
    return true;
  };
  const auto with_type = [&](ID id, llvm::ArrayRef<Value*> arguments) {
    return intrinsic(id, {arguments[0]->getType()}, arguments);
  };
  if (i.carry_out) return lower_carry(i);
  switch (i.op) {
    case Opcode::Add:
      if (i.saturate) return done(with_type(llvm::Intrinsic::sadd_sat, {source(0), source(1)}));
      return done(builder_.CreateAdd(source(0), source(1)));
    case Opcode::Sub:
      if (i.saturate) return done(with_type(llvm::Intrinsic::ssub_sat, {source(0), source(1)}));
      return done(builder_.CreateSub(source(0), source(1)));
    case Opcode::Mul:
    case Opcode::Mad: {
      Value* product = nullptr;
      unsigned result = width;
      if (i.half == ptx::Half::Wide) {
        result = 2 * width;
        product = builder_.CreateMul(resize(source(0), result, is_signed), resize(source(1), result, is_signed));
      } else if (i.half == ptx::Half::Hi) {
        product = multiply_high(source(0), source(1), width, is_signed);
      } else {
        product = builder_.CreateMul(source(0), source(1));
      }
      if (i.op == Opcode::Mul) return done(product);
      Value* addend = read(sources[2], result);
      if (i.saturate) return done(with_type(llvm::Intrinsic::sadd_sat, {product, addend}));
      return done(builder_.CreateAdd(product, addend));
    }
    case Opcode::Mul24:
    case Opcode::Mad24: {
      const auto narrow = [&](std::size_t s) {
        Value* high = builder_.CreateShl(source(s), constant(32, 8));
        Value* low =
            is_signed ? builder_.CreateAShr(high, constant(32, 8)) : builder_.CreateLShr(high, constant(32, 8));
        return resize(low, 64, is_signed);
      };
      Value* product = builder_.CreateMul(narrow(0), narrow(1));
      if (i.half == ptx::Half::Hi) product = builder_.CreateLShr(product, 16);
      product = resize(product, 32, false);
      if (i.op == Opcode::Mul24) return done(product);
      if (i.saturate) return done(with_type(llvm::Intrinsic::sadd_sat, {product, source(2)}));
      return done(builder_.CreateAdd(product, source(2)));
    }
    case Opcode::Sad: {
      Value* a = source(0);
      Value* b = source(1);
      Value* high = with_type(is_signed ? llvm::Intrinsic::smax : llvm::Intrinsic::umax, {a, b});
      Value* low = with_type(is_signed ? llvm::Intrinsic::smin : llvm::Intrinsic::umin, {a, b});
      return done(builder_.CreateAdd(source(2), builder_.CreateSub(high, low)));
    }
    case Opcode::Div:
    case Opcode::Rem:
      return lower_divide(i);
    case Opcode::Abs: {
      Value* a = source(0);
      return done(builder_.CreateIntrinsic(llvm::Intrinsic::abs, {a->getType()}, {a, builder_.getFalse()}));
    }
    case Opcode::Neg:
      return done(builder_.CreateNeg(source(0)));
    case Opcode::Min:
    case Opcode::Max: {
      Value* result = with_type(minimum_maximum_id(i), {source(0), source(1)});
      if (i.relu) result = with_type(llvm::Intrinsic::smax, {result, constant(width, 0)});
      return done(result);
    }
    case Opcode::Addc:
    case Opcode::Subc:
    case Opcode::Madc:
      return lower_carry(i);
    case Opcode::Dp4a:
    case Opcode::Dp2a:
      return lower_dot(i);
    case Opcode::Prmt:
      return lower_permute(i);
    default:
      return lower_bits(i);
  }
}

bool Lowering::lower_divide(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  const unsigned width = ptx::bit_width(i.types[0]);
  const bool is_signed = ptx::is_signed_integer(i.types[0]);
  Value* a = read(sources[0], width);
  Value* b = read(sources[1], width);
  // x86 traps on a divisor of 0 and on the overflow of INT_MIN / -1; inactive lanes may hold either.
  Value* zero_divisor = builder_.CreateICmpEQ(b, constant(width, 0));
  Value* unsafe = zero_divisor;
  Value* overflow = nullptr;
  if (is_signed) {
    overflow = builder_.CreateAnd(builder_.CreateICmpEQ(a, constant(width, std::uint64_t{1} << (width - 1))),
                                  builder_.CreateICmpEQ(b, constant(width, ~0ull)));
    unsafe = builder_.CreateOr(unsafe, overflow);
  }
  Value* divisor = select(unsafe, constant(width, 1), b);
  Value* quotient = nullptr;
  if (scalar_ || width > 32) {
    quotient = is_signed ? builder_.CreateSDiv(a, divisor) : builder_.CreateUDiv(a, divisor);
  } else {
    // An f64 quotient of 32-bit integers, truncated, is exact; x86 has no vector division of integers.
    llvm::Type* real = lanes_of(builder_.getDoubleTy());
    const auto widened = [&](Value* x) {
      Value* word = resize(x, 64, is_signed);
      return builder_.CreateSIToFP(word, real);
    };
    Value* exact = builder_.CreateFDiv(widened(a), widened(divisor));
    quotient = resize(builder_.CreateFPToSI(exact, lanes_of(integer(64))), width, false);
  }
  if (i.op == Opcode::Div) {
    // INT_MIN / 1 is INT_MIN, the wrapped quotient of the overflow.
    write(function_.destinations(i)[0], select(zero_divisor, constant(width, ~0ull), quotient), is_signed);
    return true;
  }
  Value* remainder = builder_.CreateSub(a, builder_.CreateMul(quotient, divisor));
  write(function_.destinations(i)[0], select(zero_divisor, a, remainder), is_signed);
  return true;
}

bool Lowering::lower_carry(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  const unsigned width = ptx::bit_width(i.types[0]);
  scalar_ = false;
  const bool takes = i.op == Opcode::Addc || i.op == Opcode::Subc || i.op == Opcode::Madc;
  const bool subtracts = i.op == Opcode::Sub || i.op == Opcode::Subc;
  Value* a = read(sources[0], width);
  Value* b = read(sources[1], width);
  if (i.op == Opcode::Mad || i.op == Opcode::Madc) {
    a = i.half == ptx::Half::Hi ? multiply_high(a, b, width, ptx::is_signed_integer(i.types[0]))
                                : builder_.CreateMul(a, b);
    b = read(sources[2], width);
  }
  llvm::Type* flags = lanes_of(builder_.getInt1Ty());
  Value* carry_in = builder_.CreateLoad(flags, carry_);
  Value* extra = takes ? resize(carry_in, width, false) : constant(width, 0);
  Value* first = subtracts ? builder_.CreateSub(a, b) : builder_.CreateAdd(a, b);
  Value* result = subtracts ? builder_.CreateSub(first, extra) : builder_.CreateAdd(first, extra);
  if (i.carry_out) {
    Value* carry = subtracts
                       ? builder_.CreateOr(builder_.CreateICmpULT(a, b), builder_.CreateICmpULT(first, extra))
                       : builder_.CreateOr(builder_.CreateICmpULT(first, a), builder_.CreateICmpULT(result, first));
    builder_.CreateStore(select(mask_, carry, carry_in), carry_);
  }
  write(function_.destinations(i)[0], result);
  return true;
}

}  // namespace vgpu::jit
