#include "gpu/jit/byte_fields.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/IR/PatternMatch.h>

#include <cstdint>
#include <numeric>
#include <vector>

namespace vgpu::jit {
namespace {

using llvm::Value;

constexpr unsigned kWords = 16;  // of 32 bits in a 512-bit vector

struct Field {
  llvm::Instruction* result = nullptr;
  Value* source = nullptr;
  std::uint64_t shift = 0;
  std::uint8_t mask = 0;
};

// `(source >> shift) & mask` of 32-bit words, where no bit of another byte is left.
bool match_field(llvm::Instruction& i, Field& field) {
  using namespace llvm::PatternMatch;
  const auto* type = llvm::dyn_cast<llvm::FixedVectorType>(i.getType());
  if (type == nullptr || !type->getElementType()->isIntegerTy(32) || type->getNumElements() % kWords != 0) return false;
  const llvm::APInt *shift = nullptr, *mask = nullptr;
  if (!match(&i, m_And(m_LShr(m_Value(field.source), m_APInt(shift)), m_APInt(mask)))) return false;
  field.result = &i;
  field.shift = shift->getZExtValue();
  field.mask = static_cast<std::uint8_t>(mask->getZExtValue());
  return field.shift != 0 && field.shift < 8 && mask->isSplat(8) && (field.mask << field.shift & ~0xff) == 0;
}

// What vgf2p8affineqb takes: byte 7 - n has the bits of the source whose parity is bit n of the result.
std::uint64_t bit_matrix(const Field& field) {
  std::uint64_t matrix = 0;
  for (unsigned n = 0; n < 8; ++n) {
    if ((field.mask >> n & 1) != 0) matrix |= std::uint64_t{1} << (n + field.shift) << (8 * (7 - n));
  }
  return matrix;
}

Value* extract(llvm::IRBuilder<>& builder, const Field& field) {
  const auto* type = llvm::cast<llvm::FixedVectorType>(field.source->getType());
  llvm::Type* bytes = llvm::FixedVectorType::get(builder.getInt8Ty(), 4 * kWords);
  Value* matrix = builder.CreateVectorSplat(kWords / 2, builder.getInt64(bit_matrix(field)));
  Value* result = nullptr;
  for (unsigned at = 0; at < type->getNumElements(); at += kWords) {
    llvm::SmallVector<int, kWords> lanes(kWords);
    std::iota(lanes.begin(), lanes.end(), static_cast<int>(at));
    Value* part = builder.CreateBitCast(builder.CreateShuffleVector(field.source, lanes), bytes);
    part = builder.CreateIntrinsic(llvm::Intrinsic::x86_vgf2p8affineqb_512, {},
                                   {part, builder.CreateBitCast(matrix, bytes), builder.getInt8(0)});
    part = builder.CreateBitCast(part, llvm::FixedVectorType::get(builder.getInt32Ty(), kWords));
    llvm::SmallVector<int, 2 * kWords> all(at + kWords);
    std::iota(all.begin(), all.end(), 0);
    result = result == nullptr ? part : builder.CreateShuffleVector(result, part, all);
  }
  return result;
}

}  // namespace

void extract_byte_fields(llvm::Function& function, const Target& target) {
  if (!target.gfni) return;
  std::vector<Field> fields;
  for (llvm::Instruction& i : llvm::instructions(function)) {
    if (Field field; match_field(i, field)) fields.push_back(field);
  }
  for (const Field& field : fields) {
    llvm::IRBuilder<> builder(field.result);
    field.result->replaceAllUsesWith(extract(builder, field));
    field.result->eraseFromParent();
  }
}

}  // namespace vgpu::jit
