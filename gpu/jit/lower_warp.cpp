#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>

#include <cstddef>

#include "gpu/jit/lowering.h"
#include "gpu/ptx/procedures.h"

// Opcodes that reach over the lanes of a warp or the warps of a block.
namespace vgpu::jit {

using ptx::Opcode;

bool Lowering::lower_shuffle(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  const auto destinations = function_.destinations(i);
  scalar_ = false;
  Value* value = read_lanes(sources[0], 32);
  const LaneShape lane_shape = shapes_->of(sources[1], 32), clamp_shape = shapes_->of(sources[2], 32);
  if (lane_shape.constant && clamp_shape.constant) {
    const auto b = static_cast<unsigned>(lane_shape.value & 31);
    const auto clamp = static_cast<unsigned>(clamp_shape.value & 31);
    const auto segment = static_cast<unsigned>(clamp_shape.value >> 8 & 31);
    llvm::SmallVector<int, 32> chosen;
    llvm::SmallVector<llvm::Constant*, 32> valid;
    for (int l = 0; l < static_cast<int>(kWarpSize); ++l) {
      const int limit = static_cast<int>((static_cast<unsigned>(l) & segment) | (clamp & ~segment));
      int from = 0;
      bool inside = true;
      switch (i.shuffle) {
        case ptx::ShuffleMode::Up:
          from = l - static_cast<int>(b);
          inside = from >= limit;
          break;
        case ptx::ShuffleMode::Down:
          from = l + static_cast<int>(b);
          break;
        case ptx::ShuffleMode::Butterfly:
          from = l ^ static_cast<int>(b);
          break;
        default:
          from = static_cast<int>((static_cast<unsigned>(l) & segment) | (b & ~segment));
          break;
      }
      if (i.shuffle != ptx::ShuffleMode::Up) inside = from <= limit;
      chosen.push_back(inside ? from : l);
      valid.push_back(builder_.getInt1(inside));
    }
    write(destinations[0], builder_.CreateShuffleVector(value, chosen));
    if (destinations.size() > 1) write(destinations[1], llvm::ConstantVector::get(valid));
    return true;
  }
  Value* b = builder_.CreateAnd(read_lanes(sources[1], 32), constant(32, 31));
  Value* c = read_lanes(sources[2], 32);
  Value* lane = lane_numbers(32);
  Value* segment = builder_.CreateAnd(builder_.CreateLShr(c, constant(32, 8)), constant(32, 31));
  Value* start = builder_.CreateAnd(lane, segment);
  const auto outside_segment = [&](Value* x) {
    return builder_.CreateAnd(builder_.CreateAnd(x, constant(32, 31)), builder_.CreateNot(segment));
  };
  Value* limit = builder_.CreateOr(start, outside_segment(c));
  Value* from = nullptr;
  switch (i.shuffle) {
    case ptx::ShuffleMode::Up:
      from = builder_.CreateSub(lane, b);
      break;
    case ptx::ShuffleMode::Down:
      from = builder_.CreateAdd(lane, b);
      break;
    case ptx::ShuffleMode::Butterfly:
      from = builder_.CreateXor(lane, b);
      break;
    default:
      from = builder_.CreateOr(start, outside_segment(b));
      break;
  }
  Value* inside =
      i.shuffle == ptx::ShuffleMode::Up ? builder_.CreateICmpSGE(from, limit) : builder_.CreateICmpSLE(from, limit);
  from = builder_.CreateAnd(select(inside, from, lane), constant(32, 31));
  if (destinations.size() > 1) write(destinations[1], inside);
  if (target_.set == InstructionSet::Avx512) {
    llvm::SmallVector<int, 16> low, high;
    llvm::SmallVector<int, 32> all;
    for (int n = 0; n < 16; ++n) {
      low.push_back(n);
      high.push_back(n + 16);
    }
    for (int n = 0; n < 32; ++n) all.push_back(n);
    Value* first = builder_.CreateShuffleVector(value, low);
    Value* second = builder_.CreateShuffleVector(value, high);
    const auto pick = [&](const llvm::SmallVector<int, 16>& half) {
      return intrinsic(llvm::Intrinsic::x86_avx512_vpermi2var_d_512, {},
                       {first, builder_.CreateShuffleVector(from, half), second});
    };
    Value* lower = pick(low);
    write(destinations[0], builder_.CreateShuffleVector(lower, pick(high), all));
    return true;
  }
  write(destinations[0], helper("vgpu_engine_permute", integer(32), {value, from}));
  return true;
}

namespace {

// The helper for an integer redux; empty for another.
std::string redux_helper(const ptx::Instruction& i) {
  const bool is_signed = ptx::is_signed_integer(i.types[0]);
  if (ptx::is_float(i.types[0])) return {};
  switch (i.atomic) {
    case ptx::AtomicOperation::Add:
      return "vgpu_redux_add";
    case ptx::AtomicOperation::And:
      return "vgpu_redux_and";
    case ptx::AtomicOperation::Or:
      return "vgpu_redux_or";
    case ptx::AtomicOperation::Xor:
      return "vgpu_redux_xor";
    case ptx::AtomicOperation::Min:
      return is_signed ? "vgpu_redux_min_s32" : "vgpu_redux_min_u32";
    case ptx::AtomicOperation::Max:
      return is_signed ? "vgpu_redux_max_s32" : "vgpu_redux_max_u32";
    default:
      return {};
  }
}

}  // namespace

// Where lanes name different sets of lanes, each set votes for itself: cooperative groups' labelled partitions run so.
bool Lowering::lower_vote(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  const auto destinations = function_.destinations(i);
  Value* active = lane_bits(mask_);
  scalar_ = false;
  if (i.op == Opcode::Activemask) {
    write(destinations[0], active);
    return true;
  }
  if (i.op == Opcode::Elect) {
    Value* leader = intrinsic(llvm::Intrinsic::cttz, {integer(32)}, {active, builder_.getFalse()});
    write(destinations[0], leader);
    if (destinations.size() > 1) {
      write(destinations[1], builder_.CreateICmpEQ(lane_numbers(32), splat(leader)));
    }
    return true;
  }
  const bool grouped = sources.size() > 1 && shapes_->of(sources[1], 32).kind > Kind::Uniform;
  Value* sets = grouped ? read_lanes(sources[1], 32) : nullptr;
  if (!grouped && sources.size() > 1) active = builder_.CreateAnd(active, read_base(sources[1], 32));
  Value* const zero = grouped ? constant(32, 0) : builder_.getInt32(0);
  const auto by_groups = [&](const std::string& name, llvm::ArrayRef<Value*> first, llvm::ArrayRef<Value*> last = {}) {
    Value* result = slot(lanes_of(integer(32)));
    llvm::SmallVector<Value*, 6> arguments{result};
    arguments.append(first.begin(), first.end());
    arguments.append({spill(sets), active});
    arguments.append(last.begin(), last.end());
    call(name, builder_.getVoidTy(), arguments);
    return static_cast<Value*>(builder_.CreateLoad(lanes_of(integer(32)), result));
  };
  switch (i.op) {
    case Opcode::Vote: {
      Value* bits = lane_bits(builder_.CreateAnd(mask_, read_lanes(sources[0], 1)));
      Value* everyone = active;
      if (grouped) {
        everyone = builder_.CreateAnd(sets, splat(active));
        bits = builder_.CreateAnd(everyone, splat(bits));
      } else {
        bits = builder_.CreateAnd(bits, active);
      }
      Value* none = builder_.CreateICmpEQ(bits, zero);
      Value* all = builder_.CreateICmpEQ(bits, everyone);
      switch (i.vote) {
        case ptx::VoteMode::All:
          write(destinations[0], all);
          return true;
        case ptx::VoteMode::Any:
          write(destinations[0], builder_.CreateNot(none));
          return true;
        case ptx::VoteMode::Uni:
          write(destinations[0], builder_.CreateOr(all, none));
          return true;
        default:
          write(destinations[0], bits);
          return true;
      }
    }
    case Opcode::Match: {
      const unsigned bits = ptx::bit_width(i.types[0]);
      const std::string suffix = bits == 64 ? "_b64" : "_b32";
      Value* values = spill(read_lanes(sources[0], bits));
      if (i.vote == ptx::VoteMode::All) {
        Value* same = grouped ? by_groups("vgpu_match_all_groups" + suffix, {values})
                              : call("vgpu_match_all" + suffix, integer(32), {values, active});
        write(destinations[0], same);
        if (destinations.size() > 1) write(destinations[1], builder_.CreateICmpNE(same, zero));
        return true;
      }
      if (grouped) {
        write(destinations[0], by_groups("vgpu_match_any_groups" + suffix, {values}));
        return true;
      }
      Value* result = slot(lanes_of(integer(32)));
      call("vgpu_match_any" + suffix, builder_.getVoidTy(), {result, values, active});
      write(destinations[0], builder_.CreateLoad(lanes_of(integer(32)), result));
      return true;
    }
    case Opcode::Redux: {
      const std::string name = redux_helper(i);
      if (name.empty()) return unsupported(i);
      Value* values = spill(read_lanes(sources[0], 32));
      llvm::Type* i32 = integer(32);
      Value* reduce =
          module_.getOrInsertFunction(name, llvm::FunctionType::get(i32, {values->getType(), i32}, false)).getCallee();
      write(destinations[0],
            grouped ? by_groups("vgpu_redux_groups", {values}, {reduce}) : call(name, integer(32), {values, active}));
      return true;
    }
    default:
      return unsupported(i);
  }
}

bool Lowering::lower_barrier(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  llvm::Type* i32 = builder_.getInt32Ty();
  const bool reduces = i.barrier >= ptx::BarrierOperation::ReducePopc;
  const std::size_t numbers = sources.size() - (reduces ? 1 : 0);
  const auto number = [&](std::size_t s) -> Value* {
    if (s >= numbers) return builder_.getInt32(0);
    if (shapes_->of(sources[s], 32).kind <= Kind::Uniform) return read_base(sources[s], 32);
    Value* first = intrinsic(llvm::Intrinsic::cttz, {i32}, {lane_bits(mask_), builder_.getFalse()});
    return builder_.CreateExtractElement(read_lanes(sources[s], 32), first);
  };
  Value* active = lane_bits(mask_);
  if (!reduces) {
    const bool waits = i.barrier != ptx::BarrierOperation::Arrive;
    service(waits ? offsetof(WarpServices, barrier_sync) : offsetof(WarpServices, barrier_arrive), builder_.getVoidTy(),
            {number(0), number(1), active});
    return true;
  }
  Value* predicate = builder_.CreateAnd(mask_, read_lanes(sources.back(), 1));
  const auto operation =
      static_cast<std::uint32_t>(i.barrier) - static_cast<std::uint32_t>(ptx::BarrierOperation::ReducePopc);
  Value* result = service(offsetof(WarpServices, barrier_reduce), i32,
                          {number(0), number(1), builder_.getInt32(operation), lane_bits(predicate), active});
  if (i.barrier != ptx::BarrierOperation::ReducePopc) {
    result = builder_.CreateICmpNE(result, builder_.getInt32(0));
  }
  write(function_.destinations(i)[0], result);
  return true;
}

bool Lowering::lower_call(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  const std::string& callee = function_.callees[sources[0].index];
  const auto kind = callee == "__assertfail"        ? FaultKind::Assert
                    : callee == ptx::kStackOverflow ? FaultKind::StackOverflow
                    : callee == ptx::kInvalidCall   ? FaultKind::IllegalInstruction
                                                    : FaultKind::None;
  if (kind != FaultKind::None) {
    service(offsetof(WarpServices, fault), builder_.getVoidTy(), {builder_.getInt32(static_cast<std::uint32_t>(kind))});
    return true;
  }
  const bool prints = callee == "vprintf" && sources.size() == 3;
  const bool allocates = callee == "malloc" && sources.size() == 2;
  const bool releases = callee == "free" && sources.size() == 2;
  if (!prints && !allocates && !releases) {
    error_ = "line " + std::to_string(i.line) + ": no translation of a call of \"" + callee + "\"";
    return false;
  }
  Value* stride = context_field(offsetof(WarpContext, local_stride), integer(32));
  Value* frames = local_frames();
  for_each_lane(mask_, [&](Value* lane) {
    Value* frame =
        builder_.CreateGEP(builder_.getInt8Ty(), frames, resize(builder_.CreateMul(lane, stride), 64, false));
    const auto place = [&](const ptx::Operand& variable) {
      return offset_pointer(frame, static_cast<std::int64_t>(function_.variables[variable.index].offset));
    };
    std::vector<Value*> arguments;
    for (const ptx::Operand& source : sources.subspan(1)) {
      arguments.push_back(builder_.CreateLoad(integer(64), place(source)));
    }
    if (releases) {
      service(offsetof(WarpServices, release), builder_.getVoidTy(), arguments);
      return;
    }
    Value* result = prints ? service(offsetof(WarpServices, print), integer(32), arguments)
                           : service(offsetof(WarpServices, allocate), integer(64), arguments);
    const auto destinations = function_.destinations(i);
    if (!destinations.empty()) builder_.CreateStore(result, place(destinations[0]));
  });
  return true;
}

bool Lowering::lower_warp(const ptx::Instruction& i) {
  switch (i.op) {
    case Opcode::Membar:
    case Opcode::FenceMbarrierInit:
    case Opcode::FenceProxy:
      builder_.CreateFence(llvm::AtomicOrdering::SequentiallyConsistent);
      return true;
    case Opcode::BarWarpSync:
      // Lanes run in step: only the compiler must not move memory accesses over it.
      builder_.CreateFence(llvm::AtomicOrdering::SequentiallyConsistent, llvm::SyncScope::SingleThread);
      return true;
    case Opcode::Nanosleep:
      service(offsetof(WarpServices, yield), builder_.getVoidTy(), {});
      return true;
    default:
      return true;
  }
}

}  // namespace vgpu::jit
