#include "gpu/interp/machine.h"
#include "gpu/ptx/procedures.h"

// Barriers, calls of system functions, traps and what has no effect here.
namespace vgpu::interp {
namespace {

using ptx::BarrierOperation;
using ptx::Instruction;
using ptx::Opcode;
using Word = std::uint32_t;

Word uniform(const Machine& machine, const Ref& ref) {
  return machine.narrow(ref)[std::countr_zero(machine.active)];
}

void barrier(Machine& machine, const Step& step) {
  const bool counted = step.instruction->source_count > 1;
  const Word id = uniform(machine, step.source(0));
  const Word count = counted ? uniform(machine, step.source(1)) : 0;
  const WarpServices& services = *machine.context->services;
  if (step.instruction->barrier == BarrierOperation::Arrive) {
    services.barrier_arrive(machine.context, id, count, machine.active);
  } else {
    services.barrier_sync(machine.context, id, count, machine.active);
  }
}

// bar.red: the predicate is the last source.
void barrier_reduce(Machine& machine, const Step& step) {
  const unsigned last = step.instruction->source_count - 1u;
  const Word id = uniform(machine, step.source(0));
  const Word count = last > 1 ? uniform(machine, step.source(1)) : 0;
  const Word predicate = machine.predicate(step.source(last)) & machine.active;
  const Word operation = step.instruction->barrier == BarrierOperation::ReducePopc  ? 0
                         : step.instruction->barrier == BarrierOperation::ReduceAnd ? 1
                                                                                    : 2;
  const Word result =
      machine.context->services->barrier_reduce(machine.context, id, count, operation, predicate, machine.active);
  if (operation != 0) return machine.set_predicate(step.destination(0), result != 0 ? ~0u : 0u);
  Word* d = machine.narrow(step.destination(0));
  for_each_active(machine.active, [&](unsigned lane) { d[lane] = result; });
}

void trap(Machine& machine, const Step&) {
  machine.context->services->fault(machine.context, FaultKind::Trap);
}

void yield(Machine& machine, const Step&) {
  machine.context->services->yield(machine.context);
}

void nothing(Machine&, const Step&) {}

// The value of a call parameter, which lies in the lane's frame.
std::byte* parameter(const Machine& machine, const Ref& ref, unsigned lane) {
  return lane_address(machine, ptx::Space::Local, ref, lane);
}

void print(Machine& machine, const Step& step) {
  for_each_active(machine.active, [&](unsigned lane) {
    std::uint64_t format = 0;
    std::uint64_t arguments = 0;
    std::memcpy(&format, parameter(machine, step.source(1), lane), sizeof format);
    std::memcpy(&arguments, parameter(machine, step.source(2), lane), sizeof arguments);
    const std::int32_t result = machine.context->services->print(machine.context, format, arguments);
    if (step.instruction->destination_count != 0)
      std::memcpy(parameter(machine, step.destination(0), lane), &result, sizeof result);
  });
}

void allocate(Machine& machine, const Step& step) {
  for_each_active(machine.active, [&](unsigned lane) {
    std::uint64_t size = 0;
    std::memcpy(&size, parameter(machine, step.source(1), lane), sizeof size);
    const std::uint64_t block = machine.context->services->allocate(machine.context, size);
    if (step.instruction->destination_count != 0)
      std::memcpy(parameter(machine, step.destination(0), lane), &block, sizeof block);
  });
}

void release(Machine& machine, const Step& step) {
  for_each_active(machine.active, [&](unsigned lane) {
    std::uint64_t block = 0;
    std::memcpy(&block, parameter(machine, step.source(1), lane), sizeof block);
    machine.context->services->release(machine.context, block);
  });
}

void assert_failed(Machine& machine, const Step&) {
  machine.context->services->fault(machine.context, FaultKind::Assert);
}

void stack_overflow(Machine& machine, const Step&) {
  machine.context->services->fault(machine.context, FaultKind::StackOverflow);
}

void invalid_call(Machine& machine, const Step&) {
  machine.context->services->fault(machine.context, FaultKind::IllegalInstruction);
}

}  // namespace

Handler call_handler(const std::string& callee) {
  if (callee == "vprintf") return &print;
  if (callee == "malloc") return &allocate;
  if (callee == "free") return &release;
  if (callee == ptx::kStackOverflow) return &stack_overflow;
  if (callee == ptx::kInvalidCall) return &invalid_call;
  return callee == "__assertfail" ? &assert_failed : nullptr;
}

Handler control_handler(const Instruction& instruction) {
  switch (instruction.op) {
    case Opcode::Bar:
      switch (instruction.barrier) {
        case BarrierOperation::ReducePopc:
        case BarrierOperation::ReduceAnd:
        case BarrierOperation::ReduceOr:
          return instruction.source_count > 1 && instruction.destination_count == 1 ? &barrier_reduce : nullptr;
        default:
          return &barrier;
      }
    case Opcode::Trap:
    case Opcode::Brkpt:
      return &trap;
    case Opcode::Nanosleep:
      return &yield;
    case Opcode::BarWarpSync:
    case Opcode::CpAsyncBulkCommitGroup:
    case Opcode::CpAsyncBulkPrefetch:
    case Opcode::CpAsyncBulkWaitGroup:
    case Opcode::CpAsyncCommitGroup:
    case Opcode::CpAsyncMbarrierArrive:  // without .noinc: takes back what it has added itself
    case Opcode::CpAsyncWaitAll:
    case Opcode::CpAsyncWaitGroup:
    case Opcode::Griddepcontrol:
    case Opcode::Prefetch:
    case Opcode::Prefetchu:
    case Opcode::Discard:
    case Opcode::Applypriority:
    case Opcode::Pmevent:
      return &nothing;
    default:
      return nullptr;
  }
}

}  // namespace vgpu::interp
