#include "gpu/jit/lowering.h"
#include "gpu/warp/bulk_copy.h"
#include "gpu/warp/mbarrier.h"

// mbarrier and bulk copies: addresses and operands go through memory to the routines of gpu/warp.
namespace vgpu::jit {

// A lane's address in host memory, 64 bits a lane.
Lowering::Value* Lowering::host_addresses(const ptx::Operand& operand, ptx::Space space) {
  return builder_.CreatePtrToInt(lane_pointers(address(operand, space), 0), lanes_of(integer(64)));
}

bool Lowering::lower_mbarrier(const ptx::Instruction& i) {
  const warp::MbarrierRoutine* routine = warp::find_mbarrier_routine(i);
  // Copies are complete when they are issued: the arrival that this stands for takes back what it added itself.
  if (routine == nullptr) return i.op == ptx::Opcode::CpAsyncMbarrierArrive || unsupported(i);
  scalar_ = false;
  const auto sources = function_.sources(i);
  const auto destinations = function_.destinations(i);
  llvm::Type* lanes = lanes_of(integer(64));
  Value* none = llvm::Constant::getNullValue(lanes);
  Value* addresses = spill(routine->has_address ? host_addresses(sources[0], i.space) : none);
  const std::size_t operand = routine->has_address ? 1 : 0;
  Value* operands = spill(sources.size() > operand ? read_unsigned(sources[operand]) : constant(64, 1));
  Value* results = spill(none);
  call(routine->name, builder_.getVoidTy(), {results, addresses, operands, lane_bits(mask_)});
  if (destinations.empty() || destinations[0].kind != ptx::Operand::Kind::Register) return true;
  Value* result = builder_.CreateAlignedLoad(lanes, results, llvm::Align(64));
  const bool tests = function_.registers[destinations[0].index] == ptx::Type::Pred;
  write(destinations[0], tests ? builder_.CreateICmpNE(result, none) : result);
  return true;
}

// All 32 lanes, with zeros in front of narrower registers.
Lowering::Value* Lowering::read_unsigned(const ptx::Operand& operand) {
  const bool is_register = operand.kind == ptx::Operand::Kind::Register;
  const unsigned width = is_register ? ptx::bit_width(function_.registers[operand.index]) : 64;
  return resize(read_lanes(operand, width), 64, false);
}

bool Lowering::lower_bulk_copy(const ptx::Instruction& i) {
  const auto sources = function_.sources(i);
  if (i.space == ptx::Space::Generic || i.source_space == ptx::Space::Generic || !warp::has_bulk_operation(i) ||
      sources.size() != (i.completes_mbarrier ? 4 : 3)) {
    return unsupported(i);
  }
  scalar_ = false;
  Value* barriers = llvm::ConstantPointerNull::get(builder_.getPtrTy());
  if (i.completes_mbarrier) barriers = spill(host_addresses(sources[3], ptx::Space::Shared));
  call("vgpu_bulk_copy", builder_.getVoidTy(),
       {builder_.getInt32(warp::bulk_operation(i)), spill(host_addresses(sources[0], i.space)),
        spill(host_addresses(sources[1], i.source_space)), spill(read_unsigned(sources[2])), barriers,
        lane_bits(mask_)});
  return true;
}

}  // namespace vgpu::jit
