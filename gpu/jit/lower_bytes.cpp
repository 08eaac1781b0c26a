#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>

#include "gpu/jit/byte_dot.h"
#include "gpu/jit/lowering.h"

// Opcodes on the bytes of 32-bit words: dp4a, dp2a and prmt.
namespace vgpu::jit {

using ptx::Opcode;

bool Lowering::lower_dot(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  const bool a_signed = ptx::is_signed_integer(i.types[0]), b_signed = ptx::is_signed_integer(i.types[1]);
  Value* a = read(sources[0], 32);
  Value* b = read(sources[1], 32);
  Value* c = read(sources[2], 32);
  const auto field = [&](Value* word, unsigned position, unsigned bits, bool is_signed) {
    Value* high = builder_.CreateShl(word, constant(32, 32 - bits - position));
    return is_signed ? builder_.CreateAShr(high, constant(32, 32 - bits))
                     : builder_.CreateLShr(high, constant(32, 32 - bits));
  };
  if (i.op == Opcode::Dp4a && !scalar_) {
    write(function_.destinations(i)[0], emit_byte_dot(builder_, a, b, c, a_signed, b_signed));
    return true;
  }
  const unsigned terms = i.op == Opcode::Dp4a ? 4 : 2;
  const unsigned a_bits = 32 / terms;
  const unsigned first_byte = i.op == Opcode::Dp2a && i.half == ptx::Half::Hi ? 16 : 0;
  for (unsigned t = 0; t < terms; ++t) {
    Value* product =
        builder_.CreateMul(field(a, t * a_bits, a_bits, a_signed), field(b, first_byte + t * 8, 8, b_signed));
    c = builder_.CreateAdd(c, product);
  }
  write(function_.destinations(i)[0], c);
  return true;
}

namespace {

// The selector that each value of the two control bits stands for, of the modes that name one.
std::array<std::uint32_t, 4> mode_selectors(ptx::PermuteMode mode) {
  switch (mode) {
    case ptx::PermuteMode::F4e:
      return {0x3210, 0x4321, 0x5432, 0x6543};
    case ptx::PermuteMode::B4e:
      return {0x5670, 0x6701, 0x7012, 0x0123};
    case ptx::PermuteMode::Rc8:
      return {0x0000, 0x1111, 0x2222, 0x3333};
    case ptx::PermuteMode::Ecl:
      return {0x3210, 0x3211, 0x3222, 0x3333};
    case ptx::PermuteMode::Ecr:
      return {0x0000, 0x1110, 0x2210, 0x3210};
    default:
      return {0x1010, 0x3232, 0x1010, 0x3232};
  }
}

}  // namespace

bool Lowering::lower_permute(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  const auto destination = function_.destinations(i)[0];
  const LaneShape selector_shape = shapes_->of(sources[2], 32);
  if (selector_shape.constant) {
    std::uint64_t selector = selector_shape.value;
    if (i.permute != ptx::PermuteMode::None) selector = mode_selectors(i.permute)[selector & 3];
    const unsigned lanes = scalar_ ? 1 : kWarpSize;
    llvm::Type* bytes = llvm::FixedVectorType::get(integer(8), lanes * 4);
    Value* a = builder_.CreateBitCast(read(sources[0], 32), bytes);
    Value* b = builder_.CreateBitCast(read(sources[1], 32), bytes);
    llvm::SmallVector<int, 128> chosen;
    llvm::SmallVector<llvm::Constant*, 128> signs;
    bool any_sign = false;
    for (unsigned n = 0; n < lanes * 4; ++n) {
      const unsigned nibble = selector >> (4 * (n % 4)) & 15;
      chosen.push_back(static_cast<int>(n / 4 * 4 + (nibble & 3) + ((nibble & 4) != 0 ? lanes * 4 : 0)));
      signs.push_back(builder_.getInt1((nibble & 8) != 0));
      any_sign |= (nibble & 8) != 0;
    }
    Value* result = builder_.CreateShuffleVector(a, b, chosen);
    if (any_sign) {
      Value* negative = builder_.CreateAShr(result, llvm::ConstantInt::get(bytes, 7));
      result = select(llvm::ConstantVector::get(signs), negative, result);
    }
    write(destination, builder_.CreateBitCast(result, shaped(integer(32))));
    return true;
  }
  const bool was_scalar = scalar_;
  scalar_ = false;
  Value* selector = read_lanes(sources[2], 32);
  if (i.permute != ptx::PermuteMode::None) {
    const auto table = mode_selectors(i.permute);
    Value* control = builder_.CreateAnd(selector, constant(32, 3));
    selector = constant(32, table[3]);
    for (unsigned k = 0; k < 3; ++k) {
      selector = select(builder_.CreateICmpEQ(control, constant(32, k)), constant(32, table[k]), selector);
    }
  }
  // Spreads the four nibbles over the four bytes of the word.
  const auto nibble = [&](unsigned n) {
    Value* bits = builder_.CreateAnd(selector, constant(32, std::uint64_t{15} << (4 * n)));
    return builder_.CreateShl(bits, constant(32, 4 * n));
  };
  Value* spread = builder_.CreateOr(builder_.CreateOr(nibble(0), nibble(1)), builder_.CreateOr(nibble(2), nibble(3)));
  // pshufb picks within 16 bytes: lane l of a group of four starts at byte 4 * (l % 4).
  LanePattern starts;
  for (unsigned l = 0; l < kWarpSize; ++l) starts[l] = static_cast<std::int32_t>((l % 4) * 0x04040404u);
  Value* index = builder_.CreateOr(builder_.CreateAnd(spread, constant(32, 0x03030303)), lane_constants(32, starts));
  llvm::Type* bytes = llvm::FixedVectorType::get(integer(8), 128);
  const unsigned group = target_.set == InstructionSet::Avx512 ? 64 : target_.set == InstructionSet::Avx2 ? 32 : 16;
  const llvm::Intrinsic::ID shuffle_bytes = group == 64   ? llvm::Intrinsic::x86_avx512_pshuf_b_512
                                            : group == 32 ? llvm::Intrinsic::x86_avx2_pshuf_b
                                                          : llvm::Intrinsic::x86_ssse3_pshuf_b_128;
  index = builder_.CreateBitCast(index, bytes);
  const auto pick = [&](Value* table) {
    table = builder_.CreateBitCast(table, bytes);
    Value* result = llvm::PoisonValue::get(bytes);
    for (unsigned at = 0; at < 128; at += group) {
      llvm::SmallVector<int, 64> part;
      for (unsigned n = 0; n < group; ++n) part.push_back(static_cast<int>(at + n));
      Value* picked = intrinsic(shuffle_bytes, {},
                                {builder_.CreateShuffleVector(table, part), builder_.CreateShuffleVector(index, part)});
      llvm::SmallVector<int, 128> widen;
      for (unsigned n = 0; n < 128; ++n) widen.push_back(n < group ? static_cast<int>(n) : -1);
      Value* wide = builder_.CreateShuffleVector(picked, widen);
      llvm::SmallVector<int, 128> join;
      for (unsigned n = 0; n < 128; ++n) {
        join.push_back(static_cast<int>(n >= at && n < at + group ? 128 + n - at : n));
      }
      result = builder_.CreateShuffleVector(result, wide, join);
    }
    return result;
  };
  Value* control = builder_.CreateBitCast(spread, bytes);
  const auto has_bit = [&](unsigned bit) {
    Value* masked = builder_.CreateAnd(control, llvm::ConstantInt::get(bytes, bit));
    return builder_.CreateICmpNE(masked, llvm::Constant::getNullValue(bytes));
  };
  Value* result = select(has_bit(4), pick(read_lanes(sources[1], 32)), pick(read_lanes(sources[0], 32)));
  Value* negative = builder_.CreateAShr(result, llvm::ConstantInt::get(bytes, 7));
  result = select(has_bit(8), negative, result);
  write(destination, builder_.CreateBitCast(result, lanes_of(integer(32))));
  scalar_ = was_scalar;
  return true;
}

}  // namespace vgpu::jit
