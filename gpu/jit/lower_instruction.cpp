#include "gpu/jit/lowering.h"
#include "gpu/texture/access.h"

// One instruction: its guard, whether once for all lanes or for each, and the family that translates it.
namespace vgpu::jit {
namespace {

using ptx::Opcode;

// Instructions that lanes without a true guard must not run at all: they touch memory or other threads, or are dear.
bool has_effects(const ptx::Instruction& i) {
  switch (i.op) {
    case Opcode::Ld:
    case Opcode::Ldu:
    case Opcode::St:
    case Opcode::Atom:
    case Opcode::Red:
    case Opcode::Bar:
    case Opcode::Call:
    case Opcode::CpAsync:
    case Opcode::CpAsyncBulk:
    case Opcode::CpAsyncMbarrierArrive:
    case Opcode::CpReduceAsyncBulk:
    case Opcode::MbarrierArrive:
    case Opcode::MbarrierArriveDrop:
    case Opcode::MbarrierArriveDropExpectTx:
    case Opcode::MbarrierArriveExpectTx:
    case Opcode::MbarrierCompleteTx:
    case Opcode::MbarrierExpectTx:
    case Opcode::MbarrierInit:
    case Opcode::MbarrierInval:
    case Opcode::MbarrierPendingCount:
    case Opcode::MbarrierTestWait:
    case Opcode::MbarrierTestWaitParity:
    case Opcode::MbarrierTryWait:
    case Opcode::MbarrierTryWaitParity:
    case Opcode::Ldmatrix:
    case Opcode::Mma:
    case Opcode::WmmaLoad:
    case Opcode::WmmaMma:
    case Opcode::WmmaStore:
    case Opcode::Stmatrix:
    case Opcode::Nanosleep:
    case Opcode::Elect:
    case Opcode::Match:
    case Opcode::Redux:
      return true;
    default:
      return texture::is_texture_operation(i.op);
  }
}

}  // namespace

bool Lowering::guard_is_uniform(const ptx::Instruction& i) const {
  return shapes_->of(i.guard).kind <= Kind::Uniform;
}

void Lowering::decide_mode(const ptx::Instruction& i) {
  bool varying_source = false;
  for (const ptx::Operand& source : function_.sources(i)) {
    varying_source |= shapes_->of(source, 64).kind > Kind::Uniform;
  }
  bool narrow_destination = false;
  for (const ptx::Operand& destination : function_.destinations(i)) {
    if (destination.kind == ptx::Operand::Kind::Register) {
      narrow_destination |= shape_of(destination).kind != Kind::Varying;
    }
  }
  scalar_ = narrow_destination || !varying_source;
}

void Lowering::lower_instruction(const ptx::Instruction& i) {
  slots_used_.clear();
  const auto body = [&] {
    decide_mode(i);
    if (!dispatch_opcode(i)) unsupported(i);
  };
  if (i.guard == ptx::kNoRegister) return body();
  llvm::AllocaInst* reg = registers_[i.guard];
  Value* condition = builder_.CreateLoad(reg->getAllocatedType(), reg);
  if (i.guard_negated) condition = builder_.CreateNot(condition);
  if (guard_is_uniform(i)) return when(condition, body);
  Value* outer_mask = mask_;
  mask_ = builder_.CreateAnd(mask_, condition);
  guard_ = condition;
  if (has_effects(i)) {
    when(any(mask_), body);
  } else {
    body();
  }
  mask_ = outer_mask;
  guard_ = nullptr;
}

bool Lowering::dispatch_opcode(const ptx::Instruction& i) {
  switch (i.op) {
    case Opcode::Ld:
    case Opcode::Ldu:
    case Opcode::St:
      return lower_memory(i);
    case Opcode::CpAsync:
      return lower_async_copy(i);
    case Opcode::CpAsyncMbarrierArrive:
    case Opcode::MbarrierArrive:
    case Opcode::MbarrierArriveDrop:
    case Opcode::MbarrierArriveDropExpectTx:
    case Opcode::MbarrierArriveExpectTx:
    case Opcode::MbarrierCompleteTx:
    case Opcode::MbarrierExpectTx:
    case Opcode::MbarrierInit:
    case Opcode::MbarrierInval:
    case Opcode::MbarrierPendingCount:
    case Opcode::MbarrierTestWait:
    case Opcode::MbarrierTestWaitParity:
    case Opcode::MbarrierTryWait:
    case Opcode::MbarrierTryWaitParity:
      return lower_mbarrier(i);
    case Opcode::CpAsyncBulk:
    case Opcode::CpReduceAsyncBulk:
      return lower_bulk_copy(i);
    case Opcode::Atom:
    case Opcode::Red:
      return lower_atomic(i);
    case Opcode::Mov:
    case Opcode::Cvta:
      return lower_move(i);
    case Opcode::Cvt:
      return lower_convert(i);
    case Opcode::Setp:
    case Opcode::Set:
    case Opcode::Selp:
    case Opcode::Slct:
    case Opcode::Testp:
      return lower_compare(i);
    case Opcode::Ex2:
    case Opcode::Lg2:
    case Opcode::Sin:
    case Opcode::Cos:
    case Opcode::Tanh:
    case Opcode::Rcp:
    case Opcode::Rsqrt:
    case Opcode::Sqrt:
      return lower_approximate(i);
    case Opcode::Fma:
    case Opcode::Copysign:
      return lower_float(i);
    case Opcode::Add:
    case Opcode::Sub:
    case Opcode::Mul:
    case Opcode::Mad:
    case Opcode::Min:
    case Opcode::Max:
    case Opcode::Abs:
    case Opcode::Neg:
    case Opcode::Div:
      return ptx::is_float(i.types[0]) ? lower_float(i) : lower_integer(i);
    case Opcode::Shfl:
      return lower_shuffle(i);
    case Opcode::Vote:
    case Opcode::Activemask:
    case Opcode::Match:
    case Opcode::Redux:
    case Opcode::Elect:
      return lower_vote(i);
    case Opcode::Bar:
      return lower_barrier(i);
    case Opcode::Call:
      return lower_call(i);
    case Opcode::Mma:
    case Opcode::WmmaMma:
    case Opcode::WmmaLoad:
    case Opcode::WmmaStore:
    case Opcode::Ldmatrix:
    case Opcode::Movmatrix:
    case Opcode::Stmatrix:
      return lower_matrix(i);
    case Opcode::Vabsdiff:
    case Opcode::Vadd:
    case Opcode::Vmax:
    case Opcode::Vmin:
    case Opcode::Vset:
    case Opcode::Vshl:
    case Opcode::Vshr:
    case Opcode::Vsub:
    case Opcode::Vabsdiff2:
    case Opcode::Vabsdiff4:
    case Opcode::Vadd2:
    case Opcode::Vadd4:
    case Opcode::Vavrg2:
    case Opcode::Vavrg4:
    case Opcode::Vmax2:
    case Opcode::Vmax4:
    case Opcode::Vmin2:
    case Opcode::Vmin4:
    case Opcode::Vset2:
    case Opcode::Vset4:
    case Opcode::Vsub2:
    case Opcode::Vsub4:
      return lower_video(i);
    case Opcode::BarWarpSync:
    case Opcode::Membar:
    case Opcode::FenceMbarrierInit:
    case Opcode::FenceProxy:
    case Opcode::Nanosleep:
    case Opcode::CpAsyncBulkCommitGroup:
    case Opcode::CpAsyncBulkPrefetch:
    case Opcode::CpAsyncBulkWaitGroup:
    case Opcode::CpAsyncCommitGroup:
    case Opcode::CpAsyncWaitAll:
    case Opcode::CpAsyncWaitGroup:
    case Opcode::Griddepcontrol:
    case Opcode::Prefetch:
    case Opcode::Prefetchu:
    case Opcode::Applypriority:
    case Opcode::Discard:
    case Opcode::Pmevent:
      return lower_warp(i);
    default:
      return texture::is_texture_operation(i.op) ? lower_texture(i) : lower_integer(i);
  }
}

}  // namespace vgpu::jit
