#include <llvm/IR/Intrinsics.h>

#include <cstddef>

#include "gpu/jit/lowering.h"

// cvt, mov, cvta.
namespace vgpu::jit {
namespace {

using ptx::Rounding;
using ptx::Type;

bool is_half(Type type) {
  return type == Type::F16 || type == Type::BF16;
}

const char* format_name(Type type) {
  switch (type) {
    case Type::F16:
      return "f16";
    case Type::BF16:
      return "bf16";
    case Type::F64:
      return "f64";
    case Type::TF32:
      return "tf32";
    default:
      return "f32";
  }
}

const char* direction_name(Rounding rounding) {
  switch (rounding) {
    case Rounding::Rz:
      return "_rz";
    case Rounding::Rm:
      return "_rm";
    case Rounding::Rp:
      return "_rp";
    case Rounding::Rna:
      return "_rna";
    default:
      return "_rn";
  }
}

llvm::Intrinsic::ID whole_number_rounding(Rounding rounding) {
  switch (rounding) {
    case Rounding::Rni:
      return llvm::Intrinsic::roundeven;
    case Rounding::Rzi:
      return llvm::Intrinsic::trunc;
    case Rounding::Rmi:
      return llvm::Intrinsic::floor;
    case Rounding::Rpi:
      return llvm::Intrinsic::ceil;
    default:
      return llvm::Intrinsic::not_intrinsic;
  }
}

}  // namespace

Lowering::Value* Lowering::widen_half(Value* bits, Type type) {
  if (type == Type::BF16) {
    Value* word = resize(bits, 32, false);
    return as_real(builder_.CreateShl(word, llvm::ConstantInt::get(word->getType(), 16)), builder_.getFloatTy());
  }
  if (target_.set == InstructionSet::V2) {
    return helper("vgpu_engine_cvt_f32_f16", builder_.getFloatTy(), {resize(bits, 32, false)});
  }
  llvm::Type* real = bits->getType()->isVectorTy() ? lanes_of(builder_.getFloatTy()) : builder_.getFloatTy();
  return builder_.CreateFPExt(as_real(bits, builder_.getHalfTy()), real);
}

Lowering::Value* Lowering::narrow_half(Value* real, Type type, Rounding rounding) {
  const bool is_double = real->getType()->getScalarType()->isDoubleTy();
  const bool nearest = rounding == Rounding::Rn || rounding == Rounding::None;
  const bool by_odd = is_double && nearest && type == Type::F16;
  if (by_odd) {
    // To f32 by rounding to odd, after which the second rounding cannot go wrong.
    Value* bits = bits_of(real);
    llvm::Type* wide = bits->getType();
    Value* rest = builder_.CreateAnd(bits, llvm::ConstantInt::get(wide, 0x1fffffff));
    Value* sticky = builder_.CreateICmpNE(rest, llvm::Constant::getNullValue(wide));
    Value* kept = builder_.CreateAnd(bits, llvm::ConstantInt::get(wide, ~0x1fffffffull));
    Value* odd = builder_.CreateOr(kept, llvm::ConstantInt::get(wide, 0x20000000));
    Value* single = as_real(select(sticky, odd, kept), builder_.getDoubleTy());
    llvm::Type* f32 = builder_.getFloatTy();
    real = builder_.CreateFPTrunc(single, wide->isVectorTy() ? lanes_of(f32) : f32);
  }
  if ((is_double && !by_odd) || !nearest || (target_.set == InstructionSet::V2 && type == Type::F16)) {
    const std::string name = std::string("vgpu_engine_cvt_") + format_name(type) +
                             (is_double && !by_odd ? "_f64" : "_f32") + direction_name(rounding);
    return resize(helper(name, integer(32), {real}), 16, false);
  }
  Value* is_nan = builder_.CreateFCmpUNO(real, real);
  Value* narrow = nullptr;
  if (type == Type::BF16) {
    Value* bits = bits_of(real);
    llvm::Type* word = bits->getType();
    Value* odd = builder_.CreateAnd(builder_.CreateLShr(bits, llvm::ConstantInt::get(word, 16)),
                                    llvm::ConstantInt::get(word, 1));
    Value* rounded = builder_.CreateAdd(builder_.CreateAdd(bits, llvm::ConstantInt::get(word, 0x7fff)), odd);
    narrow = resize(builder_.CreateLShr(rounded, llvm::ConstantInt::get(word, 16)), 16, false);
  } else {
    llvm::Type* half = builder_.getHalfTy();
    narrow = bits_of(builder_.CreateFPTrunc(real, real->getType()->isVectorTy() ? lanes_of(half) : half));
  }
  return select(is_nan, llvm::ConstantInt::get(narrow->getType(), 0x7fff), narrow);
}

bool Lowering::lower_convert(const ptx::Instruction& i) {
  const Type to = i.types[0], from = i.types[1];
  if (ptx::is_float(to) || ptx::is_float(from)) return lower_convert_real(i);
  const unsigned from_width = ptx::bit_width(from), to_width = ptx::bit_width(to);
  const bool from_signed = ptx::is_signed_integer(from), to_signed = ptx::is_signed_integer(to);
  Value* value = read(function_.sources(i)[0], from_width);
  if (i.saturate) {
    // Clamped in a width that holds every value of both types.
    const unsigned width = std::max(from_width, to_width) * 2;
    value = resize(value, width, from_signed);
    const auto bound = [&](const llvm::APInt& limit) { return llvm::ConstantInt::get(value->getType(), limit); };
    const llvm::APInt least =
        to_signed ? llvm::APInt::getSignedMinValue(to_width).sext(width) : llvm::APInt::getMinValue(width);
    const llvm::APInt most = to_signed ? llvm::APInt::getSignedMaxValue(to_width).sext(width)
                                       : llvm::APInt::getMaxValue(to_width).zext(width);
    value = intrinsic(llvm::Intrinsic::smax, {value->getType()}, {value, bound(least)});
    value = intrinsic(llvm::Intrinsic::smin, {value->getType()}, {value, bound(most)});
  }
  write(function_.destinations(i)[0], resize(value, to_width, from_signed), to_signed);
  return true;
}

bool Lowering::lower_convert_real(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  const ptx::Operand& destination = function_.destinations(i)[0];
  const Type to = i.types[0], from = i.types[1];
  const bool nearest = i.rounding == Rounding::Rn || i.rounding == Rounding::None;
  llvm::Type* f32 = builder_.getFloatTy();
  llvm::Type* f64 = builder_.getDoubleTy();
  const auto relu = [&](Value* value) {
    if (!i.relu) return value;
    Value* zero = llvm::Constant::getNullValue(value->getType());
    return select(builder_.CreateFCmpOLT(value, zero), zero, value);
  };
  const auto is_bytes = [](Type type) { return type == Type::E4M3x2 || type == Type::E5M2x2; };
  if (is_bytes(from) && to == Type::F16x2 && !i.relu) {
    Value* pair = resize(read(sources[0], 16), 32, false);
    const char* name = from == Type::E4M3x2 ? "vgpu_engine_cvt_f16x2_e4m3x2" : "vgpu_engine_cvt_f16x2_e5m2x2";
    write(destination, helper(name, integer(32), {pair}));
    return true;
  }
  if (is_bytes(to) && from == Type::F32 && sources.size() == 2 && !i.relu) {
    Value* high = read_real(sources[0], from);
    const char* name = to == Type::E4M3x2 ? "vgpu_engine_cvt_e4m3x2_f32" : "vgpu_engine_cvt_e5m2x2_f32";
    write(destination, helper(name, integer(32), {high, read_real(sources[1], from)}));
    return true;
  }
  if (to == Type::F16x2 || to == Type::BF16x2) {
    if (from != Type::F32 || sources.size() != 2) return unsupported(i);
    const Type element = to == Type::F16x2 ? Type::F16 : Type::BF16;
    const auto half = [&](std::size_t s) {
      Value* real = relu(flush_if_explicit(i, read_real(sources[s], Type::F32)));
      return resize(narrow_half(real, element, i.rounding), 32, false);
    };
    Value* high = builder_.CreateShl(half(0), constant(32, 16));
    write(destination, builder_.CreateOr(high, half(1)));
    return true;
  }
  const auto plain = [](Type type) {
    return !ptx::is_float(type) || type == Type::F16 || type == Type::BF16 || type == Type::F32 || type == Type::F64 ||
           type == Type::TF32;
  };
  if (!plain(to) || !plain(from)) return unsupported(i);

  Value* value = nullptr;
  if (!ptx::is_float(from)) {
    // Integers become f64 on the way to a half, so that only one rounding counts.
    const bool is_signed = ptx::is_signed_integer(from);
    const unsigned width = ptx::bit_width(from);
    Value* integer_value = read(sources[0], width);
    const auto converted = [&](llvm::Type* real) {
      return is_signed ? builder_.CreateSIToFP(integer_value, shaped(real))
                       : builder_.CreateUIToFP(integer_value, shaped(real));
    };
    if (is_half(to)) {
      write(destination, narrow_half(converted(width <= 16 ? f32 : f64), to, i.rounding));
      return true;
    }
    if (!nearest && !(to == Type::F64 && width < 64) && !(to == Type::F32 && width <= 16)) {
      const std::string name = std::string("vgpu_engine_cvt_") + format_name(to) + (is_signed ? "_s64" : "_u64") +
                               direction_name(i.rounding);
      write(destination, helper(name, float_of(to), {resize(integer_value, 64, is_signed)}));
      return true;
    }
    value = converted(float_of(to));
    if (i.saturate) value = saturate(value);
    write(destination, value);
    return true;
  }

  value = is_half(from) ? widen_half(read(sources[0], 16), from) : read_real(sources[0], from);
  const bool is_single = from == Type::F32;
  const llvm::Intrinsic::ID whole = whole_number_rounding(i.rounding);
  if (i.ftz && is_single &&
      (flush_mode_ == FlushMode::Explicit || whole != llvm::Intrinsic::not_intrinsic || to == Type::F32)) {
    value = flush(value);
  }
  if (whole != llvm::Intrinsic::not_intrinsic) value = intrinsic(whole, {value->getType()}, {value});
  if (!ptx::is_float(to)) {
    const bool is_signed = ptx::is_signed_integer(to);
    Value* result = intrinsic(is_signed ? llvm::Intrinsic::fptosi_sat : llvm::Intrinsic::fptoui_sat,
                              {shaped(integer(ptx::bit_width(to))), value->getType()}, {value});
    write(destination, result, is_signed);
    return true;
  }
  value = relu(value);
  if (i.saturate) value = saturate(value);
  if (to == Type::TF32) {
    write(destination,
          helper(std::string("vgpu_engine_cvt_tf32_f32") + direction_name(i.rounding), integer(32), {value}));
    return true;
  }
  if (is_half(to)) {
    if (is_half(from) && to == from) {
      write(destination, narrow_half(value, to, Rounding::Rn));
    } else {
      write(destination, narrow_half(value, to, i.rounding));
    }
    return true;
  }
  llvm::Type* target = float_of(to);
  if (target->isDoubleTy() && !value->getType()->getScalarType()->isDoubleTy()) {
    value = builder_.CreateFPExt(value, shaped(f64));
  } else if (target->isFloatTy() && value->getType()->getScalarType()->isDoubleTy()) {
    value = nearest ? builder_.CreateFPTrunc(value, shaped(f32))
                    : helper(std::string("vgpu_engine_cvt_f32_f64") + direction_name(i.rounding), f32, {value});
    if (i.ftz && flush_mode_ == FlushMode::Explicit) value = flush(value);
  }
  write(destination, value);
  return true;
}

bool Lowering::lower_move(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  const auto destinations = function_.destinations(i);
  const unsigned width = ptx::bit_width(i.types[0]);
  for (const ptx::Operand& source : sources) {
    if (source.kind == ptx::Operand::Kind::Function) return unsupported(i);
  }
  if (width > 64) return unsupported(i);
  if (i.op == ptx::Opcode::Cvta) {
    llvm::Type* ptr = builder_.getPtrTy();
    const auto address = [&](std::size_t offset) {
      return builder_.CreatePtrToInt(context_field(offset, ptr), integer(64));
    };
    if (i.space == ptx::Space::Local) scalar_ = false;
    Value* value = read(sources[0], 64);
    Value* base = nullptr;
    switch (i.space) {
      case ptx::Space::Shared:
        base = address(offsetof(WarpContext, shared));
        break;
      case ptx::Space::Param:
        base = address(offsetof(WarpContext, params));
        break;
      case ptx::Space::Local: {
        Value* stride = resize(context_field(offsetof(WarpContext, local_stride), integer(32)), 64, false);
        base = builder_.CreateAdd(splat(builder_.CreatePtrToInt(local_frames(), integer(64))),
                                  builder_.CreateMul(splat(stride), lane_numbers(64)));
        break;
      }
      default:
        break;
    }
    if (base != nullptr) {
      if (!scalar_) base = splat(base);
      value = i.wide_to ? builder_.CreateSub(value, base) : builder_.CreateAdd(value, base);
    }
    write(destinations[0], value);
    return true;
  }
  if (destinations.size() == 1 && sources.size() == 1) {
    write(destinations[0], read(sources[0], width));
    return true;
  }
  if (destinations.size() > 1) {
    const unsigned part = width / static_cast<unsigned>(destinations.size());
    Value* whole = read(sources[0], width);
    for (std::size_t d = 0; d < destinations.size(); ++d) {
      write(destinations[d], resize(builder_.CreateLShr(whole, constant(width, d * part)), part, false));
    }
    return true;
  }
  const unsigned part = width / static_cast<unsigned>(sources.size());
  Value* whole = constant(width, 0);
  for (std::size_t s = 0; s < sources.size(); ++s) {
    Value* piece = resize(read(sources[s], part), width, false);
    whole = builder_.CreateOr(whole, builder_.CreateShl(piece, constant(width, s * part)));
  }
  write(destinations[0], whole);
  return true;
}

}  // namespace vgpu::jit
