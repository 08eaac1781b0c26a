#include <llvm/IR/Intrinsics.h>

#include "gpu/jit/byte_dot.h"
#include "gpu/jit/lowering.h"

// mma of bytes, in registers: what the routine of gpu/warp does, without the way through memory.
namespace vgpu::jit {
namespace {

constexpr unsigned kQuad = 4;              // lanes that hold one row of A, and one column of B
constexpr unsigned kBytesOfRegister = 16;  // k that one register of A or B covers over a quad
constexpr std::uint64_t kSigns = 0x80808080u;

bool is_byte(ptx::Type type) {
  return type == ptx::Type::S8 || type == ptx::Type::U8;
}

}  // namespace

// False for other types and shapes. Fragments (PTX manual, "Matrix fragments for mma"): lane 4 i + t holds bytes 4 t to
// 4 t + 3 of row i of A and of column i of B; of C and D it holds columns 2 t and 2 t + 1 of row i. Further registers
// of A hold row i + 8 and, then, the next 16 of k.
bool Lowering::lower_byte_products(const ptx::Instruction& i) {
  if (i.op != ptx::Opcode::Mma || !is_byte(i.types[1]) || !is_byte(i.types[2]) || i.shape.n != 8 ||
      i.shape.m % 8 != 0 || i.shape.k % kBytesOfRegister != 0) {
    return false;
  }
  const unsigned row_halves = i.shape.m / 8u, steps = i.shape.k / kBytesOfRegister;
  const auto sources = function_.sources(i);
  const auto destinations = function_.destinations(i);
  if (sources.size() != row_halves * steps + steps + 2 * row_halves || destinations.size() != 2 * row_halves) {
    return false;
  }
  scalar_ = false;
  const bool a_signed = i.types[1] == ptx::Type::S8, b_signed = i.types[2] == ptx::Type::S8;
  // Signed bytes of A are made unsigned once for all products; what that adds depends on B alone.
  const bool biased = target_.vnni && a_signed && b_signed;
  std::vector<Value*> a, b;
  for (unsigned n = 0; n < row_halves * steps; ++n) {
    Value* bytes = read_lanes(sources[n], 32);
    a.push_back(biased ? builder_.CreateXor(bytes, constant(32, kSigns)) : bytes);
  }
  for (unsigned s = 0; s < steps; ++s) b.push_back(read_lanes(sources[row_halves * steps + s], 32));
  // All are read before any is written: D may have the registers of C in another order.
  std::vector<Value*> addends;
  for (unsigned c = 0; c < 2 * row_halves; ++c) {
    addends.push_back(read_lanes(sources[row_halves * steps + steps + c], 32));
  }
  // The products alone cannot overflow.
  std::vector<Value*> sums = i.satfinite ? std::vector<Value*>(addends.size(), constant(32, 0)) : addends;

  for (unsigned odd = 0; odd < 2; ++odd) {
    Value* excess = biased ? constant(32, 0) : nullptr;
    for (unsigned s = 0; s < steps; ++s) {
      for (unsigned t = 0; t < kQuad; ++t) {
        llvm::SmallVector<int, kWarpSize> of_row, of_column;
        for (unsigned l = 0; l < kWarpSize; ++l) {
          of_row.push_back(static_cast<int>(l / kQuad * kQuad + t));
          of_column.push_back(static_cast<int>(kQuad * (2 * (l % kQuad) + odd) + t));
        }
        Value* column = builder_.CreateShuffleVector(b[s], of_column);
        if (biased) excess = emit_byte_dot(builder_, constant(32, kSigns), column, excess, false, true);
        for (unsigned h = 0; h < row_halves; ++h) {
          Value* row = builder_.CreateShuffleVector(a[s * row_halves + h], of_row);
          Value*& sum = sums[2 * h + odd];
          sum = emit_byte_dot(builder_, row, column, sum, a_signed && !biased, b_signed);
        }
      }
    }
    if (!biased) continue;
    for (unsigned h = 0; h < row_halves; ++h) sums[2 * h + odd] = builder_.CreateSub(sums[2 * h + odd], excess);
  }
  for (unsigned d = 0; d < 2 * row_halves; ++d) {
    Value* sum = sums[d];
    if (i.satfinite) sum = intrinsic(llvm::Intrinsic::sadd_sat, {sum->getType()}, {addends[d], sum});
    write(destinations[d], sum);
  }
  return true;
}

}  // namespace vgpu::jit
