#include <llvm/IR/Intrinsics.h>

#include <bit>
#include <cstddef>

#include "gpu/jit/lowering.h"
#include "gpu/ptx/print.h"

namespace vgpu::jit {

Lowering::Lowering(llvm::Module& module, const ptx::Function& function, const ptx::Liveness& liveness, Version general,
                   const Version* fast, BitSet meeting_points, bool whole_block, const Target& target)
    : context_(module.getContext()),
      module_(module),
      function_(function),
      liveness_(liveness),
      general_(std::move(general)),
      speculates_(fast != nullptr),
      meeting_points_(std::move(meeting_points)),
      target_(target),
      flush_mode_(flush_mode(function)),
      builder_(context_),
      whole_block_(whole_block),
      recipes_(function),
      streamed_(registers_of_block_index(function)) {
  if (speculates_) fast_ = *fast;
}

llvm::Type* Lowering::float_of(ptx::Type type) {
  switch (type) {
    case ptx::Type::F64:
      return builder_.getDoubleTy();
    case ptx::Type::F16:
      return builder_.getHalfTy();
    default:
      return builder_.getFloatTy();
  }
}

Lowering::Value* Lowering::constant(unsigned bits, std::uint64_t value) {
  return llvm::ConstantInt::get(shaped(integer(bits)), bits >= 64 ? value : value & ((std::uint64_t{1} << bits) - 1));
}

Lowering::Value* Lowering::real_constant(llvm::Type* element, double value) {
  return llvm::ConstantFP::get(shaped(element), value);
}

Lowering::Value* Lowering::splat(Value* value) {
  return value->getType()->isVectorTy() ? value : builder_.CreateVectorSplat(kWarpSize, value);
}

Lowering::Value* Lowering::lane_constants(unsigned bits, const LanePattern& pattern) {
  std::vector<llvm::Constant*> lanes;
  for (std::int64_t lane : pattern) {
    lanes.push_back(llvm::ConstantInt::get(integer(bits), static_cast<std::uint64_t>(lane), true));
  }
  return llvm::ConstantVector::get(lanes);
}

Lowering::Value* Lowering::lane_numbers(unsigned bits) {
  LanePattern pattern;
  for (unsigned l = 0; l < kWarpSize; ++l) pattern[l] = l;
  return lane_constants(bits, pattern);
}

Lowering::Value* Lowering::resize(Value* value, unsigned width, bool sign_extend) {
  llvm::Type* element = integer(width);
  llvm::Type* type = value->getType()->isVectorTy() ? lanes_of(element) : element;
  return sign_extend ? builder_.CreateSExtOrTrunc(value, type) : builder_.CreateZExtOrTrunc(value, type);
}

Lowering::Value* Lowering::bits_of(Value* value) {
  llvm::Type* element = value->getType()->getScalarType();
  if (element->isIntegerTy()) return value;
  llvm::Type* bits = integer(element->getPrimitiveSizeInBits());
  return builder_.CreateBitCast(value, value->getType()->isVectorTy() ? lanes_of(bits) : bits);
}

Lowering::Value* Lowering::as_real(Value* value, llvm::Type* element) {
  return builder_.CreateBitCast(value, value->getType()->isVectorTy() ? lanes_of(element) : element);
}

Lowering::Value* Lowering::read_base(const ptx::Operand& operand, unsigned width) {
  switch (operand.kind) {
    case ptx::Operand::Kind::Immediate:
      return llvm::ConstantInt::get(integer(width), static_cast<std::uint64_t>(operand.value), true);
    case ptx::Operand::Kind::Register: {
      llvm::AllocaInst* reg = registers_[operand.index];
      Value* value = builder_.CreateLoad(reg->getAllocatedType(), reg);
      if (operand.negated) value = builder_.CreateNot(value);
      return resize(value, width, false);
    }
    case ptx::Operand::Kind::Special:
      return resize(special(static_cast<ptx::SpecialRegister>(operand.index)), width, false);
    case ptx::Operand::Kind::Variable:
      return resize(variable_address(operand), width, false);
    default:
      return llvm::ConstantInt::get(integer(width), 0);
  }
}

Lowering::Value* Lowering::read_lanes(const ptx::Operand& operand, unsigned width) {
  const LaneShape shape = shapes_->of(operand, width);
  const bool is_register = operand.kind == ptx::Operand::Kind::Register;
  if (shape.kind == Kind::Varying || (is_register && registers_[operand.index]->getAllocatedType()->isVectorTy())) {
    return read_base(operand, width);
  }
  if (shape.kind == Kind::Pattern) {
    // The pattern holds modulo the register's own width, so it is added before narrowing or widening.
    const unsigned own = is_register ? ptx::bit_width(function_.registers[operand.index]) : 32;
    Value* lanes = builder_.CreateAdd(splat(read_base(operand, own)), lane_constants(own, shapes_->pattern(shape)));
    return resize(lanes, width, false);
  }
  return splat(read_base(operand, width));
}

Lowering::Value* Lowering::read(const ptx::Operand& operand, unsigned width) {
  return scalar_ ? read_base(operand, width) : read_lanes(operand, width);
}

Lowering::Value* Lowering::read_real(const ptx::Operand& operand, ptx::Type type) {
  return as_real(read(operand, ptx::bit_width(type)), float_of(type));
}

void Lowering::write(const ptx::Operand& destination, Value* value, bool sign_extend) {
  if (destination.kind != ptx::Operand::Kind::Register) return;
  llvm::AllocaInst* reg = registers_[destination.index];
  value = resize(bits_of(value), reg->getAllocatedType()->getScalarSizeInBits(), sign_extend);
  if (!reg->getAllocatedType()->isVectorTy()) {
    if (value->getType()->isVectorTy()) value = builder_.CreateExtractElement(value, std::uint64_t{0});
    builder_.CreateStore(value, reg);
    return;
  }
  value = splat(value);
  Value* merged = nullptr;
  if (shapes_->keeps_inactive(node_, destination.index)) {
    merged = mask_;
  } else if (guard_ != nullptr) {
    merged = guard_;
  }
  if (merged != nullptr) value = select(merged, value, builder_.CreateLoad(reg->getAllocatedType(), reg));
  builder_.CreateStore(value, reg);
}

Lowering::Value* Lowering::context_field(std::size_t offset, llvm::Type* type) {
  Value*& cached = context_fields_[{offset, type}];
  if (cached == nullptr) {
    llvm::IRBuilder<> entry(entry_end_);
    llvm::LoadInst* load = entry.CreateLoad(type, entry.CreateConstGEP1_64(entry.getInt8Ty(), warp_context_, offset));
    load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context_, {}));
    if (offset == offsetof(WarpContext, params) && function_.parameter_size != 0) {
      llvm::Metadata* size = llvm::ConstantAsMetadata::get(entry.getInt64(function_.parameter_size));
      load->setMetadata(llvm::LLVMContext::MD_dereferenceable, llvm::MDNode::get(context_, {size}));
    }
    cached = load;
  }
  return cached;
}

Lowering::Value* Lowering::warp_number() {
  if (!whole_block_ && shapes_->warp_row() == kOneWarp) return builder_.getInt32(0);
  if (!whole_block_) return context_field(offsetof(WarpContext, warp), builder_.getInt32Ty());
  return builder_.CreateLoad(builder_.getInt32Ty(), warp_);
}

Lowering::Value* Lowering::block_size(unsigned axis) {
  const WarpRow row = shapes_->warp_row();
  if (axis == 0 && (row == kOneWarp || row == kColumnOfWarps)) return builder_.getInt32(kWarpSize);
  if (row > kWholeRow && axis != 0 && (axis == 2 || row != kColumnOfWarps)) return builder_.getInt32(1);
  return context_field(offsetof(WarpContext, block_size) + axis * sizeof(std::uint32_t), builder_.getInt32Ty());
}

Lowering::Value* Lowering::thread_index(unsigned axis) {
  if (thread_[axis] != nullptr) return thread_[axis];
  if (shapes_->warp_row() > kWholeRow) return thread_[axis] = thread_in_line(axis);
  const bool any_block = shapes_->warp_row() == kAnyBlock;
  if (whole_block_ && !any_block) return thread_[axis] = first_thread(axis);
  Value* x = block_size(0);
  Value* y = block_size(1);
  llvm::IRBuilder<>::InsertPointGuard saved(builder_);
  builder_.SetInsertPoint(warp_start_);
  Value* first = builder_.CreateShl(warp_number(), 5);
  if (!any_block) {
    // Of lane 0; the shapes say how the others differ.
    const bool rows = shapes_->warp_row() < kWholeRow;
    Value* row =
        rows ? builder_.CreateLShr(first, std::countr_zero(shapes_->warp_row())) : builder_.CreateUDiv(first, x);
    thread_[0] = rows ? builder_.getInt32(0) : builder_.CreateURem(first, x);
    thread_[1] = builder_.CreateURem(row, y);
    thread_[2] = builder_.CreateUDiv(row, y);
    return thread_[axis];
  }
  // Thread numbers are below 1024, for which f32 division and truncation are exact; x86 has no vector division of
  // integers.
  Value* linear = builder_.CreateAdd(splat(first), lane_numbers(32));
  llvm::Type* real = lanes_of(builder_.getFloatTy());
  const auto divide = [&](Value* a, Value* b) {
    Value* quotient = builder_.CreateFDiv(builder_.CreateSIToFP(a, real), builder_.CreateSIToFP(splat(b), real));
    return builder_.CreateFPToSI(quotient, a->getType());
  };
  Value* row = divide(linear, x);
  thread_[0] = builder_.CreateSub(linear, builder_.CreateMul(row, splat(x)));
  thread_[2] = divide(row, y);
  thread_[1] = builder_.CreateSub(row, builder_.CreateMul(thread_[2], splat(y)));
  return thread_[axis];
}

Lowering::Value* Lowering::special(ptx::SpecialRegister special) {
  using Special = ptx::SpecialRegister;
  llvm::Type* i32 = builder_.getInt32Ty();
  const auto field = [&](std::size_t offset) { return context_field(offset, i32); };
  const auto axis = [&](std::size_t offset, Special first) {
    return field(offset + (static_cast<unsigned>(special) - static_cast<unsigned>(first)) * sizeof(std::uint32_t));
  };
  const auto lane_mask = [&](auto&& of_lane) {
    LanePattern pattern;
    for (unsigned l = 0; l < kWarpSize; ++l) pattern[l] = static_cast<std::int32_t>(of_lane(l));
    return lane_constants(32, pattern);
  };
  switch (special) {
    case Special::TidX:
    case Special::TidY:
    case Special::TidZ:
      return thread_index(static_cast<unsigned>(special) - static_cast<unsigned>(Special::TidX));
    case Special::NtidX:
    case Special::NtidY:
    case Special::NtidZ:
      return block_size(static_cast<unsigned>(special) - static_cast<unsigned>(Special::NtidX));
    case Special::CtaidX:
      if (whole_block_) return builder_.CreateLoad(i32, block_);
      return field(offsetof(WarpContext, block_index));
    case Special::CtaidY:
    case Special::CtaidZ:
      return axis(offsetof(WarpContext, block_index), Special::CtaidX);
    case Special::NctaidX:
    case Special::NctaidY:
    case Special::NctaidZ:
      return axis(offsetof(WarpContext, grid_size), Special::NctaidX);
    case Special::EnvReg0:
    case Special::EnvReg1:
    case Special::EnvReg2:
    case Special::EnvReg3:
      return axis(offsetof(WarpContext, environment), Special::EnvReg0);
    case Special::LaneId:
      return builder_.getInt32(0);
    case Special::WarpId:
      return warp_number();
    case Special::NwarpId: {
      Value* threads = builder_.CreateMul(block_size(0), builder_.CreateMul(block_size(1), block_size(2)));
      return builder_.CreateLShr(builder_.CreateAdd(threads, builder_.getInt32(31)), 5);
    }
    case Special::WarpSize:
      return builder_.getInt32(kWarpSize);
    case Special::SmId:
      return builder_.getInt32(0);
    case Special::NsmId:
      return builder_.getInt32(1);
    case Special::GridId:
      return context_field(offsetof(WarpContext, grid_id), builder_.getInt64Ty());
    case Special::LanemaskEq:
      return lane_mask([](unsigned l) { return 1u << l; });
    case Special::LanemaskLt:
      return lane_mask([](unsigned l) { return (1u << l) - 1; });
    case Special::LanemaskLe:
      return lane_mask([](unsigned l) { return (2u << l) - 1; });
    case Special::LanemaskGt:
      return lane_mask([](unsigned l) { return ~((2u << l) - 1); });
    case Special::LanemaskGe:
      return lane_mask([](unsigned l) { return ~((1u << l) - 1); });
    case Special::Clock:
    case Special::Clock64:
      return intrinsic(llvm::Intrinsic::readcyclecounter, {}, {});
    case Special::ClockHi:
      return builder_.CreateLShr(intrinsic(llvm::Intrinsic::readcyclecounter, {}, {}), 32);
    case Special::GlobalTimer:
    case Special::GlobalTimerLo:
      return call("vgpu_engine_nanoseconds", builder_.getInt64Ty(), {});
    case Special::GlobalTimerHi:
      return builder_.CreateLShr(call("vgpu_engine_nanoseconds", builder_.getInt64Ty(), {}), 32);
    case Special::DynamicSharedSize:
      return field(offsetof(WarpContext, dynamic_shared_size));
    case Special::TotalSharedSize:
      return field(offsetof(WarpContext, total_shared_size));
  }
  return builder_.getInt32(0);
}

Lowering::Value* Lowering::variable_address(const ptx::Operand& operand) {
  const ptx::Variable& variable = function_.variables[operand.index];
  const auto offset = static_cast<std::uint64_t>(operand.value);
  if (variable.space == ptx::Space::Global || variable.space == ptx::Space::Const) {
    Value* table = context_field(offsetof(WarpContext, globals), builder_.getPtrTy());
    llvm::LoadInst* address = builder_.CreateLoad(
        builder_.getInt64Ty(), builder_.CreateConstGEP1_64(builder_.getInt64Ty(), table, variable.offset));
    address->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(context_, {}));
    return builder_.CreateAdd(address, builder_.getInt64(offset));
  }
  return builder_.getInt64(variable.offset + offset);
}

Lowering::Value* Lowering::slot(llvm::Type* type) {
  std::vector<Value*>& of_type = slots_[type];
  std::size_t& used = slots_used_[type];
  if (used == of_type.size()) {
    llvm::IRBuilder<> entry(&code_->getEntryBlock(), code_->getEntryBlock().begin());
    llvm::AllocaInst* memory = entry.CreateAlloca(type);
    memory->setAlignment(llvm::Align(64));
    of_type.push_back(memory);
  }
  return of_type[used++];
}

Lowering::Value* Lowering::spill(Value* value) {
  Value* memory = slot(value->getType());
  builder_.CreateAlignedStore(value, memory, llvm::Align(64));
  return memory;
}

Lowering::Value* Lowering::call(const std::string& name, llvm::Type* result, llvm::ArrayRef<Value*> arguments) {
  std::vector<llvm::Type*> types;
  for (Value* argument : arguments) types.push_back(argument->getType());
  llvm::FunctionCallee callee = module_.getOrInsertFunction(name, llvm::FunctionType::get(result, types, false));
  llvm::CallInst* made = builder_.CreateCall(callee, arguments);
  made->setDoesNotThrow();
  return made;
}

Lowering::Value* Lowering::intrinsic(llvm::Intrinsic::ID id, llvm::ArrayRef<llvm::Type*> types,
                                     llvm::ArrayRef<Value*> arguments) {
  return builder_.CreateIntrinsic(id, types, arguments);
}

Lowering::Value* Lowering::service(std::size_t offset, llvm::Type* result, llvm::ArrayRef<Value*> arguments) {
  std::vector<Value*> all{warp_context_};
  std::vector<llvm::Type*> types{builder_.getPtrTy()};
  for (Value* argument : arguments) {
    all.push_back(argument);
    types.push_back(argument->getType());
  }
  Value* services = context_field(offsetof(WarpContext, services), builder_.getPtrTy());
  Value* function =
      builder_.CreateLoad(builder_.getPtrTy(), builder_.CreateConstGEP1_64(builder_.getInt8Ty(), services, offset));
  llvm::CallInst* made = builder_.CreateCall(llvm::FunctionType::get(result, types, false), function, all);
  made->setDoesNotThrow();
  return made;
}

bool Lowering::unsupported(const ptx::Instruction& i) {
  if (error_.empty()) {
    error_ = "line " + std::to_string(i.line) + ": no translation of \"" + ptx::full_opcode(i) + "\"";
  }
  return false;
}

}  // namespace vgpu::jit
