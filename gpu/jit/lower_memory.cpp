#include <llvm/IR/Intrinsics.h>

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "gpu/jit/lane_memory.h"
#include "gpu/jit/lowering.h"

// ld, st and cp.async. The shape of the address decides: one scalar access for Uniform, a vector access where lanes
// are neighbours, a wide load and a shuffle where they lie close by a constant pattern, else gather and scatter.
namespace vgpu::jit {
namespace {

using ptx::Space;

llvm::SmallVector<int, 256> sequence(unsigned count) {
  llvm::SmallVector<int, 256> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

// True when the lanes' elements of `bytes` bytes follow each other.
bool is_contiguous(const LanePattern& pattern, std::int64_t bytes) {
  for (unsigned l = 0; l < kWarpSize; ++l) {
    if (pattern[l] != bytes * l) return false;
  }
  return true;
}

}  // namespace

Lowering::Value* Lowering::offset_pointer(Value* pointer, std::int64_t bytes) {
  return bytes == 0
             ? pointer
             : builder_.CreateGEP(builder_.getInt8Ty(), pointer, builder_.getInt64(static_cast<std::uint64_t>(bytes)));
}

Lowering::Address Lowering::address(const ptx::Operand& operand, Space space) {
  llvm::Type* ptr = builder_.getPtrTy();
  Address result;
  result.shape.kind = Kind::Uniform;
  bool in_frame = space == Space::Local;
  if (operand.kind == ptx::Operand::Kind::Variable) {
    const ptx::Variable& variable = function_.variables[operand.index];
    space = variable.space;
    in_frame = space == Space::Local || variable.local_param;
  } else if (operand.kind == ptx::Operand::Kind::Register) {
    result.shape = shape_of(operand);
  }
  const std::int64_t displacement = operand.kind == ptx::Operand::Kind::Register ? operand.value : 0;
  if (in_frame) {
    Value* stride = context_field(offsetof(WarpContext, local_stride), integer(32));
    result.base = offset_pointer(local_frames(), displacement);
    result.offsets = builder_.CreateAdd(builder_.CreateMul(splat(stride), lane_numbers(32)), read_lanes(operand, 32));
    result.shape.kind = Kind::Varying;
    return result;
  }
  std::size_t window = 0;
  bool has_window = true;
  switch (space) {
    case Space::Shared:
      window = offsetof(WarpContext, shared);
      break;
    case Space::Param:
      window = offsetof(WarpContext, params);
      break;
    default:
      has_window = false;
      break;
  }
  if (!has_window) {
    if (result.shape.kind == Kind::Varying) {
      result.offsets = read_lanes(operand, 64);
      if (displacement != 0) {
        result.offsets =
            builder_.CreateAdd(result.offsets, splat(builder_.getInt64(static_cast<std::uint64_t>(displacement))));
      }
    } else {
      result.base = offset_pointer(builder_.CreateIntToPtr(read_base(operand, 64), ptr), displacement);
    }
    return result;
  }
  // Offsets in a window are small, so that reading them as signed 32-bit numbers loses nothing, and lets a negative
  // register with a positive displacement work.
  Value* base = offset_pointer(context_field(window, ptr), displacement);
  if (result.shape.kind == Kind::Varying) {
    result.base = base;
    result.offsets = read_lanes(operand, 32);
  } else {
    result.base = builder_.CreateGEP(builder_.getInt8Ty(), base, resize(read_base(operand, 32), 64, true));
  }
  return result;
}

// `offset`: bytes that are added to every lane's address.
Lowering::Value* Lowering::lane_pointers(const Address& address, unsigned offset) {
  Value* base = address.base != nullptr ? offset_pointer(address.base, offset) : nullptr;
  if (address.offsets != nullptr) {
    if (base != nullptr) return builder_.CreateGEP(builder_.getInt8Ty(), base, address.offsets);
    Value* addresses =
        offset == 0 ? address.offsets : builder_.CreateAdd(address.offsets, splat(builder_.getInt64(offset)));
    return builder_.CreateIntToPtr(addresses, lanes_of(builder_.getPtrTy()));
  }
  if (address.shape.kind == Kind::Pattern) {
    return builder_.CreateGEP(builder_.getInt8Ty(), base, lane_constants(64, shapes_->pattern(address.shape)));
  }
  return splat(base);
}

// The lanes' distances from the base as <32 x i32>; nullptr where they have none, or do not fit.
Lowering::Value* Lowering::short_offsets(const Address& address) {
  if (address.base == nullptr) return nullptr;
  if (address.offsets != nullptr)
    return address.offsets->getType()->getScalarSizeInBits() == 32 ? address.offsets : nullptr;
  if (address.shape.kind != Kind::Pattern) return nullptr;
  const LanePattern& pattern = shapes_->pattern(address.shape);
  const auto fits = [](std::int64_t lane) { return lane == static_cast<std::int32_t>(lane); };
  return std::ranges::all_of(pattern, fits) ? lane_constants(32, pattern) : nullptr;
}

Lowering::Value* Lowering::gather(const Address& address, unsigned offset, llvm::Type* element) {
  llvm::Type* lanes = lanes_of(element);
  if (!target_.has_gather()) {
    Value* addresses = spill(lane_pointers(address, offset));
    Value* values = spill(llvm::Constant::getNullValue(lanes));
    for_each_lane(mask_, [&](Value* lane) {
      Value* pointer =
          builder_.CreateLoad(builder_.getPtrTy(), builder_.CreateGEP(builder_.getPtrTy(), addresses, lane));
      Value* value = builder_.CreateAlignedLoad(element, pointer, llvm::Align(1));
      builder_.CreateStore(value, builder_.CreateGEP(element, values, lane));
    });
    return builder_.CreateLoad(lanes, values);
  }
  // There is no gather of bytes or 16-bit words: the 32 bits at the address are read. Whatever a kernel can address
  // lies in memory that goes on for some bytes behind it.
  llvm::Type* word = element->getPrimitiveSizeInBits() < 32 ? integer(32) : element;
  Value* words = nullptr;
  if (Value* offsets = short_offsets(address); offsets != nullptr) {
    words = emit_gather(builder_, word, offset_pointer(address.base, offset), offsets, mask_);
  } else {
    words = builder_.CreateMaskedGather(lanes_of(word), lane_pointers(address, offset), llvm::Align(1), mask_,
                                        llvm::Constant::getNullValue(lanes_of(word)));
  }
  return word == element ? words : builder_.CreateTrunc(words, lanes);
}

void Lowering::scatter(const Address& address, unsigned offset, Value* value) {
  llvm::Type* element = value->getType()->getScalarType();
  const auto by_lanes = [&] {
    Value* addresses = spill(lane_pointers(address, offset));
    Value* values = spill(value);
    for_each_lane(mask_, [&](Value* lane) {
      Value* pointer =
          builder_.CreateLoad(builder_.getPtrTy(), builder_.CreateGEP(builder_.getPtrTy(), addresses, lane));
      Value* item = builder_.CreateLoad(element, builder_.CreateGEP(element, values, lane));
      builder_.CreateAlignedStore(item, pointer, llvm::Align(1));
    });
  };
  if (!target_.has_gather() || element->getPrimitiveSizeInBits() < 32) return by_lanes();
  const auto together = [&] {
    if (Value* offsets = short_offsets(address); offsets != nullptr) {
      emit_scatter(builder_, value, offset_pointer(address.base, offset), offsets, mask_);
    } else {
      builder_.CreateMaskedScatter(value, lane_pointers(address, offset), llvm::Align(1), mask_);
    }
  };
  if (llvm::isa<llvm::Constant>(mask_)) return together();
  // Often one lane writes for all, or two do; a scatter takes as long for one as for all. Without a loop, so that
  // nothing is left of the search where the lane is known.
  Value* lanes = lane_bits(mask_);
  const auto store_first = [&](Value* of) {
    Value* lane = intrinsic(llvm::Intrinsic::cttz, {integer(32)}, {of, builder_.getTrue()});
    Value* pointer = builder_.CreateExtractElement(lane_pointers(address, offset), lane);
    builder_.CreateAlignedStore(builder_.CreateExtractElement(value, lane), pointer, llvm::Align(1));
  };
  Value* others = builder_.CreateAnd(lanes, builder_.CreateSub(lanes, builder_.getInt32(1)));
  Value* many = builder_.CreateICmpNE(builder_.CreateAnd(others, builder_.CreateSub(others, builder_.getInt32(1))),
                                      builder_.getInt32(0));
  const auto one_or_two = [&] {
    when(builder_.CreateICmpNE(lanes, builder_.getInt32(0)), [&] { store_first(lanes); });
    when(builder_.CreateICmpNE(others, builder_.getInt32(0)), [&] { store_first(others); });
  };
  when(builder_.CreateNot(many), one_or_two);
  when(many, together);
}

std::vector<Lowering::Value*> Lowering::load(const Address& address, llvm::Type* element, unsigned count,
                                             const ptx::Instruction& i) {
  const unsigned bytes = element->getPrimitiveSizeInBits() / 8;
  if (is_whole_access(i, count, bytes)) return load_whole(address, element, count);
  std::vector<Value*> result;
  if (address.shape.kind <= Kind::Uniform) {
    for (unsigned k = 0; k < count; ++k) {
      llvm::LoadInst* value = builder_.CreateAlignedLoad(element, offset_pointer(address.base, k * bytes),
                                                         llvm::Align(i.order == ptx::MemoryOrder::Weak ? 1 : bytes));
      if (i.space == Space::Param) {
        value->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context_, {}));
      }
      if (i.order != ptx::MemoryOrder::Weak) {
        value->setVolatile(true);
        value->setAtomic(i.order == ptx::MemoryOrder::Acquire ? llvm::AtomicOrdering::Acquire
                                                              : llvm::AtomicOrdering::Monotonic);
      }
      result.push_back(value);
    }
    return result;
  }
  if (address.shape.kind == Kind::Pattern) {
    if (count == 1 && is_contiguous(shapes_->pattern(address.shape), bytes) &&
        (bytes >= 4 || target_.has_masked_bytes())) {
      llvm::Type* lanes = lanes_of(element);
      prefetch(i, address.base, 0, std::int64_t{bytes} * kWarpSize);
      return {
          builder_.CreateMaskedLoad(lanes, address.base, llvm::Align(1), mask_, llvm::Constant::getNullValue(lanes))};
    }
    const auto number = static_cast<std::uint32_t>(&i - function_.instructions.data());
    if (const auto loaded = loaded_.find(number); loaded != loaded_.end())
      return std::move(loaded_.extract(loaded).mapped());
    result = load_pattern(address, element, count, number);
    if (!result.empty()) return result;
  }
  for (unsigned k = 0; k < count; ++k) result.push_back(gather(address, k * bytes, element));
  return result;
}

void Lowering::store(const Address& address, llvm::ArrayRef<Value*> values, const ptx::Instruction& i) {
  llvm::Type* element = values[0]->getType()->getScalarType();
  const unsigned bytes = element->getPrimitiveSizeInBits() / 8;
  const auto count = static_cast<unsigned>(values.size());
  if (is_whole_access(i, count, bytes)) return store_whole(address, values);
  if (address.shape.kind <= Kind::Uniform) {
    Value* last = nullptr;
    for (unsigned k = 0; k < count; ++k) {
      Value* value = values[k];
      if (value->getType()->isVectorTy()) {
        // Lanes write in turn, so that the last active one is seen.
        if (last == nullptr) {
          Value* leading = intrinsic(llvm::Intrinsic::ctlz, {integer(32)}, {lane_bits(mask_), builder_.getTrue()});
          last = builder_.CreateXor(leading, builder_.getInt32(31));
        }
        value = builder_.CreateExtractElement(value, last);
      }
      llvm::StoreInst* made = builder_.CreateAlignedStore(value, offset_pointer(address.base, k * bytes),
                                                          llvm::Align(i.order == ptx::MemoryOrder::Weak ? 1 : bytes));
      if (i.order != ptx::MemoryOrder::Weak) {
        made->setVolatile(true);
        made->setAtomic(i.order == ptx::MemoryOrder::Release ? llvm::AtomicOrdering::Release
                                                             : llvm::AtomicOrdering::Monotonic);
      }
    }
    return;
  }
  const bool masked = bytes >= 4 ? target_.set >= InstructionSet::Avx2 : target_.has_masked_bytes();
  if (address.shape.kind == Kind::Pattern &&
      is_contiguous(shapes_->pattern(address.shape), std::int64_t{bytes} * count)) {
    const auto* all = llvm::dyn_cast<llvm::Constant>(mask_);
    const bool full = all != nullptr && all->isAllOnesValue();
    if (count == 1 && (masked || full)) {
      builder_.CreateMaskedStore(splat(values[0]), address.base, llvm::Align(1), mask_);
      return;
    }
    if (count > 1 && std::has_single_bit(count) && (masked || full)) {
      std::vector<Value*> level;
      for (Value* value : values) level.push_back(splat(value));
      unsigned width = kWarpSize;
      while (level.size() > 1) {
        std::vector<Value*> next;
        for (std::size_t k = 0; k < level.size(); k += 2) {
          next.push_back(builder_.CreateShuffleVector(level[k], level[k + 1], sequence(2 * width)));
        }
        level = next;
        width *= 2;
      }
      llvm::SmallVector<int, 256> interleave, repeat;
      for (unsigned n = 0; n < kWarpSize * count; ++n) {
        interleave.push_back(static_cast<int>(n % count * kWarpSize + n / count));
        repeat.push_back(static_cast<int>(n / count));
      }
      Value* mask = builder_.CreateShuffleVector(mask_, repeat);
      builder_.CreateMaskedStore(builder_.CreateShuffleVector(level[0], interleave), address.base, llvm::Align(1),
                                 mask);
      return;
    }
  }
  for (unsigned k = 0; k < count; ++k) scatter(address, k * bytes, splat(values[k]));
}

bool Lowering::lower_memory(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  const auto destinations = function_.destinations(i);
  const unsigned bits = ptx::bit_width(i.types[0]);
  if (bits < 8 || bits > 64) return unsupported(i);
  llvm::Type* element = integer(bits);
  const bool ordered = i.order != ptx::MemoryOrder::Weak;
  const Address where = address(sources[0], i.space);
  // Ordered accesses of many lanes, or of 16 bytes, are plain vector accesses that the compiler may not move or merge.
  const bool is_vector = sources.size() > 2 || destinations.size() > 1;
  const auto fence = [&] {
    if (ordered && (is_vector || where.shape.kind > Kind::Uniform)) {
      builder_.CreateFence(llvm::AtomicOrdering::SequentiallyConsistent, llvm::SyncScope::SingleThread);
    }
  };
  fence();
  if (i.op == ptx::Opcode::St) {
    std::vector<Value*> values;
    for (std::size_t s = 1; s < sources.size(); ++s) {
      const bool uniform = shapes_->of(sources[s], bits).kind <= Kind::Uniform;
      values.push_back(uniform ? read_base(sources[s], bits) : read_lanes(sources[s], bits));
    }
    store(where, values, i);
  } else {
    const std::vector<Value*> values = load(where, element, static_cast<unsigned>(destinations.size()), i);
    for (std::size_t d = 0; d < destinations.size(); ++d) {
      write(destinations[d], values[d], ptx::is_signed_integer(i.types[0]));
    }
  }
  fence();
  return true;
}

bool Lowering::lower_async_copy(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  if (sources.size() < 3 || sources[2].kind != ptx::Operand::Kind::Immediate) return unsupported(i);
  const auto words = static_cast<unsigned>(sources[2].value / 4);
  const Address to = address(sources[0], Space::Shared);
  const Address from = address(sources[1], Space::Global);
  scalar_ = false;
  Value* size = nullptr;
  Value* outer = mask_;
  if (sources.size() > 3) {
    // Bytes past the source size are zero, and nothing is read where it is 0.
    size = read_lanes(sources[3], 32);
    mask_ = builder_.CreateAnd(mask_, builder_.CreateICmpNE(size, constant(32, 0)));
  }
  std::vector<Value*> values;
  if (size != nullptr && from.shape.kind <= Kind::Uniform) {
    for (unsigned k = 0; k < words; ++k) values.push_back(gather(from, k * 4, integer(32)));
  } else {
    values = load(from, integer(32), words, i);
  }
  mask_ = outer;
  if (size != nullptr) {
    for (unsigned k = 0; k < words; ++k) {
      Value* held = builder_.CreateICmpUGT(size, constant(32, k * 4));
      values[k] = select(held, splat(values[k]), constant(32, 0));
    }
  }
  ptx::Instruction weak = i;
  weak.order = ptx::MemoryOrder::Weak;
  store(to, values, weak);
  return true;
}

}  // namespace vgpu::jit
