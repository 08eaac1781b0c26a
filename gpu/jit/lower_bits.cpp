#include <llvm/IR/Intrinsics.h>

#include <cstddef>

#include "gpu/jit/lowering.h"

namespace vgpu::jit {

using ptx::Opcode;

bool Lowering::lower_bits(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  const unsigned width = ptx::bit_width(i.types[0]);
  const bool is_signed = ptx::is_signed_integer(i.types[0]);
  const auto source = [&](std::size_t s) { return read(sources[s], width); };
  const auto done = [&](Value* value) {
    write(function_.destinations(i)[0], value);
    return true;
  };
  const auto counted = [&](llvm::Intrinsic::ID id, Value* a) {
    return intrinsic(id, {a->getType()}, {a, builder_.getFalse()});
  };
  switch (i.op) {
    case Opcode::And:
      return done(builder_.CreateAnd(source(0), source(1)));
    case Opcode::Or:
      return done(builder_.CreateOr(source(0), source(1)));
    case Opcode::Xor:
      return done(builder_.CreateXor(source(0), source(1)));
    case Opcode::Not:
      return done(builder_.CreateNot(source(0)));
    case Opcode::Cnot:
      return done(resize(builder_.CreateICmpEQ(source(0), constant(width, 0)), width, false));
    case Opcode::Shl:
    case Opcode::Shr: {
      Value* count = read(sources[1], 32);
      const bool arithmetic = i.op == Opcode::Shr && is_signed;
      Value* most = constant(32, width - 1);
      Value* clamped = intrinsic(llvm::Intrinsic::umin, {count->getType()}, {count, most});
      Value* amount = resize(clamped, width, false);
      if (arithmetic) return done(builder_.CreateAShr(source(0), amount));
      Value* shifted =
          i.op == Opcode::Shl ? builder_.CreateShl(source(0), amount) : builder_.CreateLShr(source(0), amount);
      return done(select(builder_.CreateICmpUGT(count, most), constant(width, 0), shifted));
    }
    case Opcode::Shf: {
      Value* low = read(sources[0], 32);
      Value* high = read(sources[1], 32);
      Value* count = read(sources[2], 32);
      // fshl and fshr take the count modulo 32; .clamp stops at 32, where the other word comes out whole.
      Value* result =
          intrinsic(i.left ? llvm::Intrinsic::fshl : llvm::Intrinsic::fshr, {count->getType()}, {high, low, count});
      if (i.clamp) result = select(builder_.CreateICmpUGE(count, constant(32, 32)), i.left ? low : high, result);
      return done(result);
    }
    case Opcode::Popc: {
      Value* a = source(0);
      return done(intrinsic(llvm::Intrinsic::ctpop, {a->getType()}, {a}));
    }
    case Opcode::Clz:
      return done(counted(llvm::Intrinsic::ctlz, source(0)));
    case Opcode::Brev: {
      Value* a = source(0);
      return done(intrinsic(llvm::Intrinsic::bitreverse, {a->getType()}, {a}));
    }
    case Opcode::Bfind: {
      Value* a = source(0);
      if (is_signed) a = builder_.CreateXor(a, builder_.CreateAShr(a, constant(width, width - 1)));
      Value* leading = resize(counted(llvm::Intrinsic::ctlz, a), 32, false);
      Value* found = i.shift_amount ? leading : builder_.CreateSub(constant(32, width - 1), leading);
      return done(select(builder_.CreateICmpEQ(a, constant(width, 0)), constant(32, ~0u), found));
    }
    case Opcode::Lop3: {
      Value* a = read(sources[0], 32);
      Value* b = read(sources[1], 32);
      Value* c = read(sources[2], 32);
      if (sources[3].kind != ptx::Operand::Kind::Immediate || i.boolean != ptx::Boolean::None) return unsupported(i);
      Value* result = constant(32, 0);
      for (unsigned term = 0; term < 8; ++term) {
        if ((sources[3].value >> term & 1) == 0) continue;
        Value* product = (term & 4) != 0 ? a : builder_.CreateNot(a);
        product = builder_.CreateAnd(product, (term & 2) != 0 ? b : builder_.CreateNot(b));
        product = builder_.CreateAnd(product, (term & 1) != 0 ? c : builder_.CreateNot(c));
        result = builder_.CreateOr(result, product);
      }
      return done(result);
    }
    case Opcode::Isspacep: {
      Value* address = read(sources[0], 64);
      const auto within = [&](Value* base, Value* size) {
        const auto shape = [&](Value* v) { return scalar_ ? v : splat(v); };
        Value* start = builder_.CreatePtrToInt(base, integer(64));
        return builder_.CreateICmpULT(builder_.CreateSub(address, shape(start)), shape(size));
      };
      llvm::Type* i32 = builder_.getInt32Ty();
      Value* shared_size =
          builder_.CreateZExt(context_field(offsetof(WarpContext, total_shared_size), i32), integer(64));
      Value* stride = builder_.CreateZExt(context_field(offsetof(WarpContext, local_stride), i32), integer(64));
      Value* shared = within(context_field(offsetof(WarpContext, shared), builder_.getPtrTy()), shared_size);
      Value* local = within(local_frames(), builder_.CreateShl(stride, 5));
      switch (i.space) {
        case ptx::Space::Shared:
          return done(shared);
        case ptx::Space::Local:
          return done(local);
        case ptx::Space::Global:
          return done(builder_.CreateNot(builder_.CreateOr(shared, local)));
        default:
          return done(constant(1, 0));
      }
    }
    default:
      return lower_bit_fields(i);
  }
}

bool Lowering::lower_bit_fields(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  const unsigned width = ptx::bit_width(i.types[0]);
  const bool is_signed = ptx::is_signed_integer(i.types[0]);
  const auto done = [&](Value* value) {
    write(function_.destinations(i)[0], value);
    return true;
  };
  const auto byte = [&](const ptx::Operand& operand) {
    return builder_.CreateAnd(read(operand, 32), constant(32, 0xff));
  };
  // A mask of the low `count` bits, for any count.
  const auto low_mask = [&](Value* count, unsigned bits) {
    Value* wide = builder_.CreateICmpUGE(count, constant(32, bits));
    Value* safe = select(wide, constant(32, 0), count);
    Value* one = builder_.CreateShl(constant(bits, 1), resize(safe, bits, false));
    return select(wide, constant(bits, ~0ull), builder_.CreateSub(one, constant(bits, 1)));
  };
  const auto shift = [&](Value* value, Value* count, unsigned bits, bool left) {
    Value* wide = builder_.CreateICmpUGE(count, constant(32, bits));
    Value* safe = resize(select(wide, constant(32, 0), count), bits, false);
    Value* shifted = left ? builder_.CreateShl(value, safe) : builder_.CreateLShr(value, safe);
    return select(wide, constant(bits, 0), shifted);
  };
  switch (i.op) {
    case Opcode::Bfe: {
      Value* a = read(sources[0], width);
      Value* position = byte(sources[1]);
      Value* length = byte(sources[2]);
      Value* mask = low_mask(length, width);
      Value* field = builder_.CreateAnd(shift(a, position, width, false), mask);
      if (!is_signed) return done(field);
      // The sign is the field's highest bit, or the value's own where the field reaches past it.
      Value* end = builder_.CreateSub(builder_.CreateAdd(position, length), constant(32, 1));
      Value* last = intrinsic(llvm::Intrinsic::umin, {end->getType()}, {end, constant(32, width - 1)});
      Value* sign =
          builder_.CreateTrunc(builder_.CreateLShr(a, resize(last, width, false)), shaped(builder_.getInt1Ty()));
      sign = builder_.CreateAnd(sign, builder_.CreateICmpNE(length, constant(32, 0)));
      Value* available = intrinsic(llvm::Intrinsic::usub_sat, {position->getType()}, {constant(32, width), position});
      Value* held = low_mask(intrinsic(llvm::Intrinsic::umin, {length->getType()}, {length, available}), width);
      Value* filled = builder_.CreateOr(builder_.CreateAnd(field, held), builder_.CreateNot(held));
      return done(select(sign, filled, builder_.CreateAnd(field, held)));
    }
    case Opcode::Bfi: {
      Value* field = read(sources[0], width);
      Value* base = read(sources[1], width);
      Value* position = byte(sources[2]);
      Value* mask = shift(low_mask(byte(sources[3]), width), position, width, true);
      Value* placed = builder_.CreateAnd(shift(field, position, width, true), mask);
      return done(builder_.CreateOr(placed, builder_.CreateAnd(base, builder_.CreateNot(mask))));
    }
    case Opcode::Bmsk: {
      Value* position = read(sources[0], 32);
      Value* length = read(sources[1], 32);
      if (!i.clamp) {
        position = builder_.CreateAnd(position, constant(32, 31));
        length = builder_.CreateAnd(length, constant(32, 31));
      }
      return done(shift(low_mask(length, 32), position, 32, true));
    }
    case Opcode::Szext: {
      Value* a = read(sources[0], 32);
      Value* length = read(sources[1], 32);
      if (!i.clamp) length = builder_.CreateAnd(length, constant(32, 31));
      Value* mask = low_mask(length, 32);
      Value* low = builder_.CreateAnd(a, mask);
      if (!is_signed) return done(low);
      Value* top = builder_.CreateXor(mask, builder_.CreateLShr(mask, constant(32, 1)));
      Value* negative = builder_.CreateICmpNE(builder_.CreateAnd(a, top), constant(32, 0));
      return done(select(negative, builder_.CreateOr(low, builder_.CreateNot(mask)), low));
    }
    case Opcode::Fns:
      return done(helper("vgpu_engine_fns", integer(32),
                         {read_lanes(sources[0], 32), read_lanes(sources[1], 32), read_lanes(sources[2], 32)}));
    default:
      return unsupported(i);
  }
}

}  // namespace vgpu::jit
