#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/IR/MDBuilder.h>

#include <cstddef>

#include "gpu/jit/lowering.h"
#include "gpu/jit/whole_block.h"

namespace vgpu::jit {
namespace {

using ptx::Opcode;

bool is_exit(const ptx::Instruction& i) {
  return i.op == Opcode::Bra || i.op == Opcode::Brx || i.op == Opcode::Ret || i.op == Opcode::Exit ||
         i.op == Opcode::Trap;
}

}  // namespace

Lowering::Value* Lowering::lane_bits(Value* lanes) {
  return builder_.CreateBitCast(lanes, builder_.getInt32Ty());
}

Lowering::Value* Lowering::any(Value* lanes) {
  return builder_.CreateICmpNE(lane_bits(lanes), builder_.getInt32(0));
}

Lowering::Value* Lowering::full_mask() {
  llvm::Type* type = lanes_of(builder_.getInt1Ty());
  if (shapes_->warp_row() != kAnyBlock) return llvm::Constant::getAllOnesValue(type);
  return builder_.CreateBitCast(live_lanes(), type);
}

Expected<void> Lowering::run(const std::string& name) {
  llvm::FunctionType* type = llvm::FunctionType::get(builder_.getVoidTy(), {builder_.getPtrTy()}, false);
  const bool hardware_flush = flush_mode_ == FlushMode::Hardware;
  code_ = llvm::Function::Create(
      type, hardware_flush ? llvm::GlobalValue::InternalLinkage : llvm::GlobalValue::ExternalLinkage,
      hardware_flush ? name + ".flushed" : name, module_);
  llvm::Function* flushed = hardware_flush ? code_ : nullptr;
  const auto set_attributes = [&](llvm::Function* function) {
    function->addFnAttr("target-cpu", target_.cpu);
    function->addFnAttr("target-features", target_.features);
    function->addFnAttr("prefer-vector-width", target_.set == InstructionSet::Avx512 ? "512" : "256");
    function->addFnAttr("no-trapping-math", "true");
    function->addFnAttr(llvm::Attribute::NoUnwind);
  };
  set_attributes(code_);
  code_->addFnAttr(llvm::Attribute::NoInline);
  warp_context_ = code_->getArg(0);
  code_->addParamAttr(0, llvm::Attribute::NoAlias);
  // Fields and parameters may be read before it is known that they are needed, and so outside of loops.
  code_->addDereferenceableParamAttr(0, sizeof(WarpContext));

  llvm::BasicBlock* entry = llvm::BasicBlock::Create(context_, "entry", code_);
  llvm::BasicBlock* start = llvm::BasicBlock::Create(context_, "start", code_);
  leave_ = llvm::BasicBlock::Create(context_, "leave", code_);
  builder_.SetInsertPoint(entry);
  for (const ptx::Type declared : function_.registers) {
    const unsigned bits = ptx::bit_width(declared);
    if (bits == 0 || bits > 64) return failure("a register of " + std::to_string(bits) + " bits has no translation");
  }
  make_storage(general_);
  if (speculates_) make_storage(fast_);
  carry_ = builder_.CreateAlloca(lanes_of(builder_.getInt1Ty()));
  enter(speculates_ ? fast_ : general_);
  clear_masks();
  start_warps(start);
  builder_.SetInsertPoint(start);
  start_nodes();
  in_fast_version_ = speculates_;
  for (std::uint32_t n = 0; n < schedule_->nodes.size() && error_.empty(); ++n) lower_node(n);
  if (speculates_) {
    in_fast_version_ = false;
    enter(general_);
    for (std::uint32_t n = 0; n < schedule_->nodes.size() && error_.empty(); ++n) lower_node(n);
  }
  if (!error_.empty()) return failure(error_);

  if (flushed != nullptr) {
    llvm::Function* outer = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, name, module_);
    set_attributes(outer);
    builder_.SetInsertPoint(llvm::BasicBlock::Create(context_, "entry", outer));
    constexpr std::uint32_t kDefault = 0x1F80, kFlushToZero = 0x8000, kDenormalsAreZero = 0x40;
    const auto set_mode = [&](std::uint32_t mode) {
      auto* memory = new llvm::GlobalVariable(module_, builder_.getInt32Ty(), true, llvm::GlobalValue::PrivateLinkage,
                                              builder_.getInt32(mode));
      intrinsic(llvm::Intrinsic::x86_sse_ldmxcsr, {}, {memory});
    };
    set_mode(kDefault | kFlushToZero | kDenormalsAreZero);
    builder_.CreateCall(flushed, {outer->getArg(0)});
    set_mode(kDefault);
    builder_.CreateRetVoid();
  }
  return {};
}

void Lowering::make_storage(Version& version) {
  for (std::size_t r = 0; r < function_.registers.size(); ++r) {
    llvm::Type* element = integer(ptx::bit_width(function_.registers[r]));
    const bool varies = version.shapes->of(static_cast<std::uint32_t>(r)).kind == Kind::Varying;
    version.registers.push_back(builder_.CreateAlloca(varies ? lanes_of(element) : element));
  }
  for (std::size_t n = 0; n < version.schedule->nodes.size(); ++n) {
    version.pending.push_back(builder_.CreateAlloca(lanes_of(builder_.getInt1Ty())));
    version.blocks.push_back(llvm::BasicBlock::Create(context_, "", code_));
  }
}

void Lowering::enter(Version& version) {
  shapes_ = version.shapes;
  schedule_ = version.schedule;
  registers_ = version.registers;
  pending_ = version.pending;
  blocks_ = version.blocks;
  groups_ = find_load_groups(function_, *shapes_);
}

void Lowering::clear_masks() {
  llvm::Constant* none = llvm::Constant::getNullValue(lanes_of(builder_.getInt1Ty()));
  for (const Version* version : {&general_, &fast_}) {
    for (llvm::AllocaInst* pending : version->pending) builder_.CreateStore(none, pending);
  }
  builder_.CreateStore(none, carry_);
}

void Lowering::start_nodes() {
  clear_masks();
  builder_.CreateStore(full_mask(), pending_[0]);
  builder_.CreateBr(blocks_[0]);
  if (schedule_->dispatched) dispatch();
}

// All lanes are here. Where they agree they go on in this version, else each goes to its successor in the general one.
void Lowering::lower_speculated_exit(std::uint32_t number, Value* condition) {
  const Node& node = schedule_->nodes[number];
  const ptx::Block& block = function_.blocks[node.block];
  const bool leaves = node.exit == Exit::Leave;
  const bool traps = function_.instructions[block.end - 1].op == Opcode::Trap;
  llvm::BasicBlock* all = llvm::BasicBlock::Create(context_, "", code_);
  llvm::BasicBlock* not_all = llvm::BasicBlock::Create(context_, "", code_);
  llvm::BasicBlock* none = llvm::BasicBlock::Create(context_, "", code_);
  llvm::BasicBlock* mixed = llvm::BasicBlock::Create(context_, "", code_);
  Value* taken = builder_.CreateAnd(mask_, condition);
  Value* bits = lane_bits(taken);
  builder_.CreateCondBr(builder_.CreateICmpEQ(bits, lane_bits(mask_)), all, not_all);
  builder_.SetInsertPoint(not_all);
  llvm::MDBuilder metadata(context_);
  builder_.CreateCondBr(builder_.CreateICmpEQ(bits, builder_.getInt32(0)), none, mixed,
                        metadata.createBranchWeights(1000, 1));
  const auto fault = [&] {
    service(offsetof(WarpServices, fault), builder_.getVoidTy(),
            {builder_.getInt32(static_cast<std::uint32_t>(FaultKind::Trap))});
  };
  builder_.SetInsertPoint(all);
  if (leaves && traps) fault();
  if (!leaves) deliver(number, node.targets[0], mask_);
  go(node.next[0]);
  builder_.SetInsertPoint(none);
  deliver(number, node.targets[leaves ? 0 : 1], mask_);
  go(node.next[1]);

  builder_.SetInsertPoint(mixed);
  if (leaves && traps) fault();
  for (std::uint32_t r = 0; r < function_.registers.size(); ++r) {
    bool live = false;
    for (const std::uint32_t successor : block.successors) live = live || liveness_.live_in[successor][r];
    if (!live) continue;
    ptx::Operand operand;
    operand.kind = ptx::Operand::Kind::Register;
    operand.index = r;
    const unsigned bits_of_register = ptx::bit_width(function_.registers[r]);
    llvm::AllocaInst* to = general_.registers[r];
    const bool to_lanes = to->getAllocatedType()->isVectorTy();
    builder_.CreateStore(to_lanes ? read_lanes(operand, bits_of_register) : read_base(operand, bits_of_register), to);
  }
  Value* others = builder_.CreateAnd(mask_, builder_.CreateNot(condition));
  if (leaves) {
    builder_.CreateStore(others, general_.pending[node.targets[0]]);
  } else {
    builder_.CreateStore(taken, general_.pending[node.targets[0]]);
    builder_.CreateStore(others, general_.pending[node.targets[1]]);
  }
  const std::uint32_t next = general_.schedule->nodes[number].next[0];
  builder_.CreateBr(next == kNoNode ? leave_ : general_.blocks[next]);
}

// In the general version: if all lanes are here, and agree where the fast version says so, they go on there.
void Lowering::lower_return_to_fast_version(std::uint32_t number) {
  const std::vector<bool>& live = liveness_.live_in[schedule_->nodes[number].block];
  const auto type_of = [&](const Version& version, std::uint32_t r) {
    return version.registers[r]->getAllocatedType();
  };
  Value* all = full_mask();
  Value* holds = builder_.CreateICmpEQ(lane_bits(mask_), lane_bits(all));
  for (std::uint32_t r = 0; r < live.size(); ++r) {
    if (!live[r] || type_of(fast_, r)->isVectorTy() || !type_of(general_, r)->isVectorTy()) continue;
    Value* lanes = builder_.CreateLoad(type_of(general_, r), general_.registers[r]);
    Value* expected = splat(builder_.CreateExtractElement(lanes, std::uint64_t{0}));
    const LaneShape& shape = fast_.shapes->of(r);
    if (shape.kind == Kind::Pattern) {
      expected = builder_.CreateAdd(
          expected, lane_constants(lanes->getType()->getScalarSizeInBits(), fast_.shapes->pattern(shape)));
    }
    Value* equal = builder_.CreateOr(builder_.CreateICmpEQ(lanes, expected), builder_.CreateNot(all));
    holds = builder_.CreateAnd(holds, builder_.CreateICmpEQ(lane_bits(equal), builder_.getInt32(~0u)));
  }
  llvm::BasicBlock* back = llvm::BasicBlock::Create(context_, "", code_);
  llvm::BasicBlock* stay = llvm::BasicBlock::Create(context_, "", code_);
  builder_.CreateCondBr(holds, back, stay);
  builder_.SetInsertPoint(back);
  for (std::uint32_t r = 0; r < live.size(); ++r) {
    if (!live[r]) continue;
    Value* value = builder_.CreateLoad(type_of(general_, r), general_.registers[r]);
    if (value->getType()->isVectorTy() && !type_of(fast_, r)->isVectorTy()) {
      value = builder_.CreateExtractElement(value, std::uint64_t{0});
    }
    builder_.CreateStore(value, fast_.registers[r]);
  }
  builder_.CreateStore(mask_, fast_.pending[number]);
  builder_.CreateBr(fast_.blocks[number]);
  builder_.SetInsertPoint(stay);
}

void Lowering::dispatch() {
  dispatcher_ = llvm::BasicBlock::Create(context_, "dispatcher", code_);
  llvm::IRBuilder<>::InsertPointGuard saved(builder_);
  builder_.SetInsertPoint(dispatcher_);
  bool spins = false;
  for (const ptx::Instruction& i : function_.instructions) spins |= observes_others(i);
  if (spins) service(offsetof(WarpServices, yield), builder_.getVoidTy(), {});
  for (std::size_t n = 0; n < blocks_.size(); ++n) {
    llvm::BasicBlock* otherwise = llvm::BasicBlock::Create(context_, "", code_);
    Value* pending = builder_.CreateLoad(lanes_of(builder_.getInt1Ty()), pending_[n]);
    builder_.CreateCondBr(any(pending), blocks_[n], otherwise);
    builder_.SetInsertPoint(otherwise);
  }
  builder_.CreateBr(leave_);
}

void Lowering::go(std::uint32_t node) {
  if (dispatcher_ != nullptr) {
    builder_.CreateBr(dispatcher_);
  } else {
    builder_.CreateBr(node == kNoNode ? leave_ : blocks_[node]);
  }
}

void Lowering::deliver(std::uint32_t from, std::uint32_t to, Value* lanes) {
  const Node& node = schedule_->nodes[from];
  if (node.waiting.contains(to) || node.exit == Exit::Switch) {
    lanes = builder_.CreateOr(lanes, builder_.CreateLoad(lanes->getType(), pending_[to]));
  }
  builder_.CreateStore(lanes, pending_[to]);
}

void Lowering::lower_node(std::uint32_t number) {
  const Node& node = schedule_->nodes[number];
  node_ = number;
  builder_.SetInsertPoint(blocks_[number]);
  llvm::Type* type = lanes_of(builder_.getInt1Ty());
  mask_ = node.all_lanes ? full_mask() : builder_.CreateLoad(type, pending_[number]);
  builder_.CreateStore(llvm::Constant::getNullValue(type), pending_[number]);
  if (node.may_be_empty) {
    llvm::BasicBlock* body = llvm::BasicBlock::Create(context_, "", code_);
    llvm::BasicBlock* empty = llvm::BasicBlock::Create(context_, "", code_);
    builder_.CreateCondBr(any(mask_), body, empty);
    builder_.SetInsertPoint(empty);
    go(node.next_if_empty);
    builder_.SetInsertPoint(body);
  }
  if (speculates_ && !in_fast_version_ && meeting_points_.contains(number)) lower_return_to_fast_version(number);
  if (node.is_loop_end()) {
    const ptx::Block* blocks = function_.blocks.data();
    bool spins = false;
    for (const Node& other : schedule_->nodes) {
      if (other.is_loop_end()) continue;
      // The blocks of the loop lie between its header and this node.
      const auto position = static_cast<std::uint32_t>(&other - schedule_->nodes.data());
      if (position < node.targets[0] || position > number) continue;
      for (std::uint32_t k = blocks[other.block].begin; k < blocks[other.block].end; ++k) {
        spins |= observes_others(function_.instructions[k]);
      }
    }
    if (spins) service(offsetof(WarpServices, yield), builder_.getVoidTy(), {});
    deliver(number, node.targets[0], mask_);
    go(node.next[0]);
    return;
  }
  const ptx::Block& block = function_.blocks[node.block];
  for (std::uint32_t k = block.begin; k < block.end && error_.empty(); ++k) {
    const ptx::Instruction& i = function_.instructions[k];
    if (whole_block_ && i.op == Opcode::Bar) {
      lower_meeting(k);
    } else if (!is_exit(i)) {
      lower_instruction(i);
    }
  }
  if (error_.empty()) lower_exit(number);
}

void Lowering::lower_exit(std::uint32_t number) {
  const Node& node = schedule_->nodes[number];
  const ptx::Block& block = function_.blocks[node.block];
  const ptx::Instruction* last = block.begin < block.end ? &function_.instructions[block.end - 1] : nullptr;
  const bool traps = last != nullptr && last->op == Opcode::Trap;
  const auto fault = [&] {
    service(offsetof(WarpServices, fault), builder_.getVoidTy(),
            {builder_.getInt32(static_cast<std::uint32_t>(FaultKind::Trap))});
  };
  Value* condition = nullptr;
  if (node.exit == Exit::Branch || node.exit == Exit::Leave) {
    llvm::AllocaInst* reg = registers_[last->guard];
    condition = builder_.CreateLoad(reg->getAllocatedType(), reg);
    if (last->guard_negated) condition = builder_.CreateNot(condition);
  }
  switch (node.exit) {
    case Exit::None:
      if (traps) fault();
      return go(node.next[0]);
    case Exit::Jump:
      deliver(number, node.targets[0], mask_);
      return go(node.next[0]);
    case Exit::Switch: {
      Value* index = read_lanes(function_.sources(*last)[0], 32);
      for (std::size_t t = 0; t < node.targets.size(); ++t) {
        Value* chosen = builder_.CreateICmpEQ(index, splat(builder_.getInt32(static_cast<std::uint32_t>(t))));
        deliver(number, node.targets[t], builder_.CreateAnd(mask_, chosen));
      }
      return go(node.next[0]);
    }
    case Exit::Branch:
    case Exit::Leave:
      break;
  }
  const bool leaves = node.exit == Exit::Leave;
  if (in_fast_version_ && condition->getType()->isVectorTy()) return lower_speculated_exit(number, condition);
  if (condition->getType()->isVectorTy()) {
    Value* taken = builder_.CreateAnd(mask_, condition);
    Value* others = builder_.CreateAnd(mask_, builder_.CreateNot(condition));
    if (leaves) {
      if (traps) when(any(taken), fault);
      deliver(number, node.targets[0], others);
    } else {
      deliver(number, node.targets[0], taken);
      deliver(number, node.targets[1], others);
    }
    return go(node.next[0]);
  }
  llvm::BasicBlock* taken = llvm::BasicBlock::Create(context_, "", code_);
  llvm::BasicBlock* other = llvm::BasicBlock::Create(context_, "", code_);
  builder_.CreateCondBr(condition, taken, other);
  builder_.SetInsertPoint(taken);
  if (leaves && traps) fault();
  if (!leaves) deliver(number, node.targets[0], mask_);
  go(node.next[0]);
  builder_.SetInsertPoint(other);
  deliver(number, node.targets[leaves ? 0 : 1], mask_);
  go(node.next[1]);
}

}  // namespace vgpu::jit
