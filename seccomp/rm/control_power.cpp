#include <algorithm>

#include "seccomp/rm/control_handlers.h"
#include "seccomp/rm/telemetry.h"

// Controls of power and of the performance state. But for the first they are in no header: the offsets were observed
// with nvidia-smi 535 and 550, by what it prints.
namespace vgpu::rm {
namespace {

using abi::Status;

void fill(ControlCall& call, std::uint32_t value) {
  for (std::size_t offset = 0; offset + sizeof value <= call.parameters.size(); offset += sizeof value) {
    call.word(offset) = value;
  }
}

}  // namespace

Status performance_state(ControlCall& call) {
  call.word(0) = 1u << readings_of(call).performance_state;
  return Status::Ok;
}

Status power_policies(ControlCall& call) {
  // A mask of policies, and the limits of the first, which is the board's: lowest, default and highest in mW.
  std::ranges::fill(call.parameters, std::byte{});
  const std::uint32_t limit = call.device().profile.power_limit_mw;
  call.word(4) = 1;
  const std::size_t limits = call.branch == Branch::R535 ? 84 : 92;
  call.word(limits) = model::minimum_power_limit_mw(call.device().profile);
  call.word(limits + 4) = limit;
  call.word(limits + 8) = limit;
  return Status::Ok;
}

Status power_monitors(ControlCall& call) {
  fill(call, 1);
  return Status::Ok;
}

Status power_reading(ControlCall& call) {
  fill(call, readings_of(call).power_mw);
  return Status::Ok;
}

Status power_limit(ControlCall& call) {
  fill(call, call.device().profile.power_limit_mw);
  return Status::Ok;
}

}  // namespace vgpu::rm
