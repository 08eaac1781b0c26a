#include "gpu/warp/mbarrier.h"

#include <algorithm>

#include "gpu/interp/machine.h"
#include "gpu/warp/bulk_copy.h"

// mbarrier and bulk copies: addresses and operands are gathered for the routines of gpu/warp.
namespace vgpu::interp {
namespace {

using ptx::Instruction;
using ptx::Opcode;
using ptx::Space;

using Words = std::uint64_t[kWarpSize];

void gather_addresses(const Machine& machine, Space space, const Ref& ref, Words& addresses) {
  for_each_active(machine.active, [&](unsigned lane) {
    addresses[lane] = reinterpret_cast<std::uint64_t>(lane_address(machine, space, ref, lane));
  });
}

void gather_values(const Machine& machine, const Ref& ref, Words& values) {
  for_each_active(machine.active, [&](unsigned lane) {
    values[lane] = ref.bits == 0 ? machine.wide(ref)[lane] : machine.value(ref, lane);
  });
}

void operate(Machine& machine, const Step& step) {
  const warp::MbarrierRoutine& routine = *warp::find_mbarrier_routine(*step.instruction);
  Words addresses{}, operands, results{};
  std::ranges::fill(operands, 1);
  const unsigned operand = routine.has_address ? 1 : 0;
  if (routine.has_address) gather_addresses(machine, step.space, step.source(0), addresses);
  if (step.instruction->source_count > operand) gather_values(machine, step.source(operand), operands);
  routine.function(results, addresses, operands, machine.active);
  if (step.instruction->destination_count == 0) return;
  const Ref& destination = step.destination(0);
  if (destination.bits == 1) {
    std::uint32_t mask = 0;
    for (unsigned lane = 0; lane < kWarpSize; ++lane) mask |= static_cast<std::uint32_t>(results[lane] & 1) << lane;
    machine.set_predicate(destination, mask);
  } else {
    for_each_active(machine.active, [&](unsigned lane) { machine.set_value(destination, lane, results[lane]); });
  }
}

void copy_bulk(Machine& machine, const Step& step) {
  const Instruction& instruction = *step.instruction;
  Words targets{}, sources{}, sizes{}, barriers{};
  gather_addresses(machine, instruction.space, step.source(0), targets);
  gather_addresses(machine, instruction.source_space, step.source(1), sources);
  gather_values(machine, step.source(2), sizes);
  if (instruction.completes_mbarrier) gather_addresses(machine, Space::Shared, step.source(3), barriers);
  vgpu_bulk_copy(warp::bulk_operation(instruction), targets, sources, sizes,
                 instruction.completes_mbarrier ? barriers : nullptr, machine.active);
}

}  // namespace

Handler mbarrier_handler(const Instruction& instruction) {
  if (warp::find_mbarrier_routine(instruction) != nullptr) return &operate;
  if (instruction.op != Opcode::CpAsyncBulk && instruction.op != Opcode::CpReduceAsyncBulk) return nullptr;
  const bool has_spaces = instruction.space != Space::Generic && instruction.source_space != Space::Generic;
  const unsigned operands = instruction.completes_mbarrier ? 4 : 3;
  return has_spaces && instruction.source_count == operands && warp::has_bulk_operation(instruction) ? &copy_bulk
                                                                                                     : nullptr;
}

}  // namespace vgpu::interp
