#pragma once

#include <cstdint>
#include <string_view>

#include "gpu/ptx/ir.h"

// The mbarrier objects of PTX: eight bytes of shared memory that count arrivals, and bytes that are under way, phase by
// phase. All threads of a block run on one thread of this machine, so that nothing here is atomic.
namespace vgpu::warp {

// For the lanes of `active`, one after the other: `addresses` are host addresses, `operands` the operand behind them
// (a count, bytes, a state, a parity), `results` receives a state, a count, or 0 and 1 for a test.
using MbarrierFunction = void (*)(std::uint64_t* results, const std::uint64_t* addresses, const std::uint64_t* operands,
                                  std::uint32_t active);

struct MbarrierRoutine {
  const char* name;  // stable, to be bound by name
  MbarrierFunction function;
  bool has_address;  // pending_count has none: its operand is the state
};

// What carries out an mbarrier operation, cp.async.mbarrier.arrive.noinc included; nullptr for other instructions.
const MbarrierRoutine* find_mbarrier_routine(const ptx::Instruction& instruction);
const MbarrierRoutine* find_mbarrier_routine(std::string_view name);

// True for operations that a thread repeats until others have arrived.
bool is_mbarrier_wait(ptx::Opcode op);

// complete_tx: so many bytes have arrived at the object at a host address.
void complete_transfer(std::uint64_t address, std::uint64_t bytes);

}  // namespace vgpu::warp
