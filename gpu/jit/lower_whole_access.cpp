#include "gpu/jit/lowering.h"

// Ordered loads and stores of vectors, each lane's in one access. The GPU's are one as well, and programs count on it:
// CUB hands the sums of tiles from block to block with their state beside them, in one `st.relaxed.v2` or `.v4`.
namespace vgpu::jit {
namespace {

constexpr unsigned kLargestWord = 8;     // bytes that an integer register holds
constexpr unsigned kLargestAccess = 16;  // bytes that a processor with aligned vectors accesses at once

}  // namespace

bool Lowering::is_whole_access(const ptx::Instruction& i, unsigned count, unsigned bytes) {
  return i.order != ptx::MemoryOrder::Weak && count > 1 && count * bytes <= kLargestAccess;
}

std::vector<Lowering::Value*> Lowering::load_whole(const Address& address, llvm::Type* element, unsigned count) {
  const unsigned bytes = count * element->getPrimitiveSizeInBits() / 8;
  llvm::Type* vector = llvm::FixedVectorType::get(element, count);
  const auto read = [&](Value* pointer) -> Value* {
    llvm::Type* type = bytes <= kLargestWord ? integer(8 * bytes) : vector;
    llvm::LoadInst* whole = builder_.CreateAlignedLoad(type, pointer, llvm::Align(bytes), true);
    if (bytes <= kLargestWord) whole->setAtomic(llvm::AtomicOrdering::Acquire);
    return builder_.CreateBitCast(whole, vector);
  };
  std::vector<Value*> result;
  if (address.shape.kind <= LaneShape::Kind::Uniform) {
    Value* whole = read(address.base);
    for (unsigned k = 0; k < count; ++k) result.push_back(builder_.CreateExtractElement(whole, k));
    return result;
  }
  Value* addresses = spill(lane_pointers(address, 0));
  std::vector<Value*> parts;
  for (unsigned k = 0; k < count; ++k) parts.push_back(spill(llvm::Constant::getNullValue(lanes_of(element))));
  for_each_lane(mask_, [&](Value* lane) {
    Value* whole =
        read(builder_.CreateLoad(builder_.getPtrTy(), builder_.CreateGEP(builder_.getPtrTy(), addresses, lane)));
    for (unsigned k = 0; k < count; ++k) {
      builder_.CreateStore(builder_.CreateExtractElement(whole, k), builder_.CreateGEP(element, parts[k], lane));
    }
  });
  for (Value* part : parts) result.push_back(builder_.CreateLoad(lanes_of(element), part));
  return result;
}

void Lowering::store_whole(const Address& address, llvm::ArrayRef<Value*> values) {
  llvm::Type* element = values[0]->getType()->getScalarType();
  const auto count = static_cast<unsigned>(values.size());
  const unsigned bytes = count * element->getPrimitiveSizeInBits() / 8;
  llvm::Type* vector = llvm::FixedVectorType::get(element, count);
  const auto write_at = [&](Value* pointer, auto&& item) {
    Value* whole = llvm::PoisonValue::get(vector);
    for (unsigned k = 0; k < count; ++k) whole = builder_.CreateInsertElement(whole, item(k), k);
    if (bytes <= kLargestWord) whole = builder_.CreateBitCast(whole, integer(8 * bytes));
    llvm::StoreInst* made = builder_.CreateAlignedStore(whole, pointer, llvm::Align(bytes), true);
    if (bytes <= kLargestWord) made->setAtomic(llvm::AtomicOrdering::Release);
  };
  const auto is_scalar = [](Value* value) { return !value->getType()->isVectorTy(); };
  if (address.shape.kind <= LaneShape::Kind::Uniform && llvm::all_of(values, is_scalar)) {
    return write_at(address.base, [&](unsigned k) { return values[k]; });
  }
  const bool one_address = address.shape.kind <= LaneShape::Kind::Uniform;
  Value* addresses = one_address ? nullptr : spill(lane_pointers(address, 0));
  std::vector<Value*> parts;
  for (Value* value : values) parts.push_back(spill(splat(value)));
  for_each_lane(mask_, [&](Value* lane) {
    Value* pointer = one_address ? address.base
                                 : builder_.CreateLoad(builder_.getPtrTy(),
                                                       builder_.CreateGEP(builder_.getPtrTy(), addresses, lane));
    write_at(pointer, [&](unsigned k) -> Value* {
      return builder_.CreateLoad(element, builder_.CreateGEP(element, parts[k], lane));
    });
  });
}

}  // namespace vgpu::jit
