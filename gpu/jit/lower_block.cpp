#include <algorithm>
#include <bit>
#include <cstddef>

#include "gpu/jit/lowering.h"

// The loops over blocks and their warps, of code that runs whole blocks. A block's warps run in rounds: in the first
// each from its start to the first barrier that it meets or to its end, in each later one those that wait go on to
// their next. A warp that waits keeps the number of its barrier and what it still needs in its part of
// WarpContext::waiting.
namespace vgpu::jit {
namespace {

constexpr std::uint32_t kEnded = 0;  // in the place of a barrier's number; these count from 1
constexpr std::uint64_t kPartAlignment = 64;
// Bits that thread numbers can have: a block has at most 1,024 threads, 64 of them in z.
constexpr std::uint32_t kThreadBits[3] = {1023, 1023, 63};

}  // namespace

Lowering::Value* Lowering::live_lanes() {
  llvm::Type* i32 = builder_.getInt32Ty();
  Value* of_last = context_field(offsetof(WarpContext, live), i32);
  if (!whole_block_) return of_last;
  Value* next = builder_.CreateAdd(warp_number(), builder_.getInt32(1));
  Value* is_last = builder_.CreateICmpEQ(next, context_field(offsetof(WarpContext, warps), i32));
  return builder_.CreateSelect(is_last, of_last, builder_.getInt32(~0u));
}

// Where the lanes' frames of local memory lie: each warp has its own where warps wait for each other.
Lowering::Value* Lowering::local_frames() {
  llvm::Type* ptr = builder_.getPtrTy();
  if (!whole_block_ || !function_.uses_barriers) return context_field(offsetof(WarpContext, local), ptr);
  if (local_frames_ != nullptr) return local_frames_;
  Value* first = context_field(offsetof(WarpContext, local), ptr);
  Value* stride = context_field(offsetof(WarpContext, local_stride), builder_.getInt32Ty());
  llvm::IRBuilder<>::InsertPointGuard saved(builder_);
  builder_.SetInsertPoint(warp_start_);
  Value* warp_size = builder_.CreateShl(resize(stride, 64, false), std::countr_zero(kWarpSize));
  Value* distance = builder_.CreateMul(resize(warp_number(), 64, false), warp_size);
  return local_frames_ = builder_.CreateGEP(builder_.getInt8Ty(), first, distance);
}

// Ends the entry block with the way to `start`, where a warp begins.
void Lowering::start_warps(llvm::BasicBlock* start) {
  if (!whole_block_) {
    llvm::ReturnInst::Create(context_, leave_);
    entry_end_ = warp_start_ = builder_.CreateBr(start);
    return;
  }
  llvm::Type* i32 = builder_.getInt32Ty();
  warp_ = builder_.CreateAlloca(i32);
  for (llvm::AllocaInst*& thread : first_thread_) thread = builder_.CreateAlloca(i32);
  llvm::AllocaInst* first_round = builder_.CreateAlloca(builder_.getInt1Ty());
  meets_ = builder_.CreateAlloca(builder_.getInt1Ty());
  block_ = builder_.CreateAlloca(i32);
  llvm::BasicBlock* block = llvm::BasicBlock::Create(context_, "block", code_);
  llvm::BasicBlock* round = llvm::BasicBlock::Create(context_, "round", code_);
  llvm::BasicBlock* warp = llvm::BasicBlock::Create(context_, "warp", code_);
  next_warp_ = llvm::BasicBlock::Create(context_, "next", code_);
  entry_end_ = builder_.CreateBr(block);
  Value* blocks = context_field(offsetof(WarpContext, blocks), i32);
  llvm::IRBuilder<> entry(entry_end_);
  // No context_field(): this one changes.
  Value* index = entry.CreateConstGEP1_64(entry.getInt8Ty(), warp_context_, offsetof(WarpContext, block_index));
  Value* first_block = entry.CreateLoad(i32, index);
  entry.CreateStore(first_block, block_);
  Value* end = entry.CreateAdd(first_block, blocks);

  builder_.SetInsertPoint(block);
  builder_.CreateStore(builder_.getTrue(), first_round);
  builder_.CreateStore(builder_.CreateLoad(i32, block_), index);  // for whoever reports a fault
  builder_.CreateBr(round);

  builder_.SetInsertPoint(round);
  const bool one_warp = shapes_->warp_row() == kOneWarp;
  Value* first = one_warp ? builder_.getInt32(0) : context_field(offsetof(WarpContext, warp), i32);
  Value* warps = context_field(offsetof(WarpContext, warps), i32);
  builder_.CreateStore(first, warp_);
  builder_.CreateStore(builder_.getFalse(), meets_);
  set_first_threads(first);
  builder_.CreateBr(warp);

  builder_.SetInsertPoint(leave_);
  llvm::Instruction* left = builder_.CreateBr(next_warp_);

  builder_.SetInsertPoint(warp);
  if (function_.uses_barriers) {
    // The size of a part is known when all barriers have been seen.
    part_ = llvm::cast<llvm::Instruction>(builder_.CreateMul(resize(warp_number(), 64, false), builder_.getInt64(0)));
    waiting_ = builder_.CreateGEP(builder_.getInt8Ty(),
                                  context_field(offsetof(WarpContext, waiting), builder_.getPtrTy()), part_);
    llvm::BasicBlock* again = llvm::BasicBlock::Create(context_, "again", code_);
    warp_start_ = builder_.CreateCondBr(builder_.CreateLoad(builder_.getInt1Ty(), first_round), start, again);
    builder_.SetInsertPoint(again);
    resume_ = builder_.CreateSwitch(builder_.CreateAlignedLoad(i32, waiting_, llvm::Align(4)), next_warp_);
    builder_.SetInsertPoint(left);
    builder_.CreateAlignedStore(builder_.getInt32(kEnded), waiting_, llvm::Align(4));
  } else {
    warp_start_ = builder_.CreateBr(start);
  }

  builder_.SetInsertPoint(next_warp_);
  llvm::BasicBlock* over = llvm::BasicBlock::Create(context_, "over", code_);
  llvm::BasicBlock* done = llvm::BasicBlock::Create(context_, "done", code_);
  Value* next = builder_.CreateAdd(warp_number(), builder_.getInt32(1));
  builder_.CreateStore(next, warp_);
  step_first_threads();
  if (one_warp) {
    builder_.CreateBr(over);
  } else {
    builder_.CreateCondBr(builder_.CreateICmpULT(next, warps), warp, over);
  }
  builder_.SetInsertPoint(over);
  builder_.CreateStore(builder_.getFalse(), first_round);
  builder_.CreateCondBr(builder_.CreateLoad(builder_.getInt1Ty(), meets_), round, done);
  builder_.SetInsertPoint(done);
  llvm::BasicBlock* finished = llvm::BasicBlock::Create(context_, "finished", code_);
  Value* next_block = builder_.CreateAdd(builder_.CreateLoad(i32, block_), builder_.getInt32(1));
  builder_.CreateStore(next_block, block_);
  builder_.CreateCondBr(builder_.CreateICmpEQ(next_block, end), finished, block);
  builder_.SetInsertPoint(finished);
  builder_.CreateRetVoid();
}

// The thread indices of lane 0 of the warp with which a round begins, mostly the block's first.
void Lowering::set_first_threads(Value* warp) {
  for (llvm::AllocaInst* thread : first_thread_) builder_.CreateStore(builder_.getInt32(0), thread);
  const WarpRow row_size = shapes_->warp_row();
  if (row_size == kAnyBlock || row_size > kWholeRow) return;
  when(builder_.CreateICmpNE(warp, builder_.getInt32(0)), [&] {
    Value* thread = builder_.CreateShl(warp, 5);
    Value* x = block_size(0);
    Value* row = builder_.CreateUDiv(thread, x);
    builder_.CreateStore(builder_.CreateURem(thread, x), first_thread_[0]);
    builder_.CreateStore(builder_.CreateURem(row, block_size(1)), first_thread_[1]);
    builder_.CreateStore(builder_.CreateUDiv(row, block_size(1)), first_thread_[2]);
  });
}

void Lowering::step_first_threads() {
  const WarpRow row_size = shapes_->warp_row();
  if (row_size == kAnyBlock || row_size > kWholeRow) return;
  const auto held = [&](unsigned axis) -> Value* {
    return builder_.CreateLoad(builder_.getInt32Ty(), first_thread_[axis]);
  };
  // Adds to an index, and returns whether it began anew.
  const auto advance = [&](unsigned axis, Value* by) {
    Value* sum = builder_.CreateAdd(held(axis), by);
    Value* wraps = builder_.CreateICmpUGE(sum, block_size(axis));
    builder_.CreateStore(builder_.CreateSelect(wraps, builder_.getInt32(0), sum), first_thread_[axis]);
    return builder_.CreateZExt(wraps, builder_.getInt32Ty());
  };
  Value* rows = row_size == kWholeRow ? advance(0, builder_.getInt32(kWarpSize))
                                      : static_cast<Value*>(builder_.getInt32(kWarpSize / row_size));
  builder_.CreateStore(builder_.CreateAdd(held(2), advance(1, rows)), first_thread_[2]);
}

// Of lane 0, where at most one axis differs between warps.
Lowering::Value* Lowering::thread_in_line(unsigned axis) {
  const WarpRow row_size = shapes_->warp_row();
  const bool along_x = axis == 0 && row_size == kRowOfWarps;
  if (!along_x && (axis != 1 || row_size != kColumnOfWarps)) return builder_.getInt32(0);
  llvm::IRBuilder<>::InsertPointGuard saved(builder_);
  builder_.SetInsertPoint(warp_start_);
  // Says to the optimizer what bits can be set.
  Value* warp = builder_.CreateAnd(warp_number(), builder_.getInt32(31));
  return along_x ? builder_.CreateShl(warp, std::countr_zero(kWarpSize)) : warp;
}

// Of lane 0; the shapes say how the other lanes differ.
Lowering::Value* Lowering::first_thread(unsigned axis) {
  const WarpRow row_size = shapes_->warp_row();
  if (axis == 0 && row_size < kWholeRow) return builder_.getInt32(0);
  std::uint32_t multiple = 1;
  if (axis == 0) multiple = kWarpSize;
  if (axis == 1 && row_size < kWholeRow) multiple = kWarpSize / row_size;
  llvm::IRBuilder<>::InsertPointGuard saved(builder_);
  builder_.SetInsertPoint(warp_start_);
  Value* thread = builder_.CreateLoad(builder_.getInt32Ty(), first_thread_[axis]);
  // Says to the optimizer what bits can be set.
  return builder_.CreateAnd(thread, builder_.getInt32(kThreadBits[axis] & ~(multiple - 1)));
}

std::vector<std::uint32_t> Lowering::registers_to_keep(std::uint32_t instruction) const {
  const Node& node = schedule_->nodes[node_];
  std::vector<bool> live = liveness_.live_out[node.block];
  for (std::uint32_t k = function_.blocks[node.block].end; --k > instruction;) {
    const ptx::Instruction& i = function_.instructions[k];
    if (i.guard == ptx::kNoRegister) {
      for (const ptx::Operand& operand : function_.destinations(i)) {
        if (operand.kind == ptx::Operand::Kind::Register) live[operand.index] = false;
      }
    } else {
      live[i.guard] = true;
    }
    for (const ptx::Operand& operand : function_.sources(i)) {
      if (operand.kind == ptx::Operand::Kind::Register) live[operand.index] = true;
    }
  }
  node.waiting.for_each([&](std::size_t other) {
    const std::vector<bool>& needed = liveness_.live_in[schedule_->nodes[other].block];
    for (std::size_t r = 0; r < live.size(); ++r) live[r] = live[r] || needed[r];
  });
  std::vector<std::uint32_t> kept;
  for (std::uint32_t r = 0; r < live.size(); ++r) {
    if (live[r]) kept.push_back(r);
  }
  return kept;
}

// A barrier: the warp keeps what it needs, the next warp runs; in the next round this one goes on.
void Lowering::lower_meeting(std::uint32_t instruction) {
  const Node& node = schedule_->nodes[node_];
  llvm::Type* i32 = builder_.getInt32Ty();
  std::vector<llvm::AllocaInst*> kept;
  std::vector<std::uint32_t> run_again;
  for (const std::uint32_t r : registers_to_keep(instruction)) {
    const auto recipe = registers_[r]->getAllocatedType()->isVectorTy() ? std::nullopt : recipes_.of(r);
    if (!recipe) {
      kept.push_back(registers_[r]);
      continue;
    }
    for (const std::uint32_t maker : *recipe) {
      if (std::ranges::find(run_again, maker) == run_again.end()) run_again.push_back(maker);
    }
  }
  std::vector<llvm::AllocaInst*> waiting_masks;
  node.waiting.for_each([&](std::size_t other) { waiting_masks.push_back(pending_[other]); });
  kept.insert(kept.end(), waiting_masks.begin(), waiting_masks.end());
  if (std::ranges::any_of(function_.instructions, [](const ptx::Instruction& i) { return i.carry_out; })) {
    kept.push_back(carry_);
  }

  // Wide ones first, so that each lies at a multiple of its size.
  std::ranges::sort(kept, std::ranges::greater{},
                    [](const llvm::AllocaInst* memory) { return kept_type(memory)->getPrimitiveSizeInBits(); });
  llvm::BasicBlock* resumed = llvm::BasicBlock::Create(context_, "", code_);
  llvm::IRBuilder<> resume(resumed);
  std::uint64_t offset = kPartAlignment;
  const auto place = [&](std::uint64_t bytes) {
    const std::uint64_t at = offset;
    offset += bytes;
    return at;
  };
  const auto part = [&](std::uint64_t at) { return offset_pointer(waiting_, static_cast<std::int64_t>(at)); };
  const auto alignment = [](std::uint64_t bytes) { return llvm::Align(std::min(bytes, kPartAlignment)); };
  for (llvm::AllocaInst* memory : kept) {
    llvm::Type* type = memory->getAllocatedType();
    llvm::Type* stored = kept_type(memory);
    const std::uint64_t bytes = stored->getPrimitiveSizeInBits() / 8;
    const std::uint64_t at = place(bytes);
    Value* value = builder_.CreateLoad(type, memory);
    const bool widened = type->isIntegerTy(1);
    value = widened ? builder_.CreateZExt(value, stored) : builder_.CreateBitCast(value, stored);
    builder_.CreateAlignedStore(value, part(at), alignment(bytes));
    Value* from = resume.CreateGEP(resume.getInt8Ty(), waiting_, resume.getInt64(at));
    Value* loaded = resume.CreateAlignedLoad(stored, from, alignment(bytes));
    resume.CreateStore(widened ? resume.CreateTrunc(loaded, type) : resume.CreateBitCast(loaded, type), memory);
  }
  if (!node.all_lanes) {
    offset = (offset + 3) / 4 * 4;
    const std::uint64_t at = place(4);
    builder_.CreateAlignedStore(lane_bits(mask_), part(at), llvm::Align(4));
    Value* from = resume.CreateGEP(resume.getInt8Ty(), waiting_, resume.getInt64(at));
    mask_ = resume.CreateBitCast(resume.CreateAlignedLoad(i32, from, llvm::Align(4)), mask_->getType());
  }
  const std::uint32_t number = ++meetings_;
  builder_.CreateAlignedStore(builder_.getInt32(number), waiting_, llvm::Align(4));
  builder_.CreateStore(builder_.getTrue(), meets_);
  for (llvm::AllocaInst* mask : waiting_masks) {
    builder_.CreateStore(llvm::Constant::getNullValue(mask->getAllocatedType()), mask);
  }
  builder_.CreateBr(next_warp_);
  resume_->addCase(builder_.getInt32(number), resumed);
  waiting_size_ = std::max(waiting_size_,
                           static_cast<std::uint32_t>((offset + kPartAlignment - 1) / kPartAlignment * kPartAlignment));
  part_->setOperand(1, builder_.getInt64(waiting_size_));
  builder_.SetInsertPoint(resumed);
  if (node.all_lanes) mask_ = full_mask();
  for (const std::uint32_t maker : run_again) lower_instruction(function_.instructions[maker]);
}

// Bits are kept in whole bytes, masks as numbers.
llvm::Type* Lowering::kept_type(const llvm::AllocaInst* memory) {
  llvm::Type* type = memory->getAllocatedType();
  if (type->isIntegerTy(1)) return llvm::Type::getInt8Ty(type->getContext());
  if (type->isVectorTy() && type->getScalarType()->isIntegerTy(1)) return llvm::Type::getInt32Ty(type->getContext());
  return type;
}

}  // namespace vgpu::jit
