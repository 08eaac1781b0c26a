#include <algorithm>

#include "seccomp/rm/abi/control_gpu.h"
#include "seccomp/rm/chip.h"
#include "seccomp/rm/control_handlers.h"
#include "seccomp/rm/processes.h"

// Controls that ask which processes use a GPU.
namespace vgpu::rm {
namespace {

using abi::Status;

constexpr std::uint32_t kByClass = 0;
constexpr std::uint32_t kMemoryUse = 0;  // the one index of ProcessInfo

}  // namespace

Status process_ids(ControlCall& call) {
  auto& list = call.as<abi::ProcessIds>();
  list.count = 0;
  std::ranges::fill(list.processes, 0u);
  // NVML asks for the classes of computing, of graphics and of MPS one after the other. All that runs here computes.
  if (list.kind == kByClass && list.id != chip_of(call.device().profile).compute_class) return Status::Ok;
  for (const DeviceProcess& process : processes_of(call.driver, call.object.device)) {
    if (list.count == std::size(list.processes)) break;
    list.processes[list.count++] = static_cast<std::uint32_t>(process.container_process);
  }
  return Status::Ok;
}

Status process_info(ControlCall& call) {
  auto& list = call.as<abi::ProcessInfoList>();
  if (list.count > std::size(list.entries)) return Status::InvalidArgument;
  const auto processes = processes_of(call.driver, call.object.device);
  for (std::uint32_t at = 0; at < list.count; ++at) {
    abi::ProcessInfo& entry = list.entries[at];
    const std::uint32_t process = entry.process, index = entry.index;
    entry = {};
    entry.process = process;
    entry.index = index;
    const auto found = std::ranges::find_if(processes, [&](const DeviceProcess& one) {
      return static_cast<std::uint32_t>(one.container_process) == process;
    });
    if (index != kMemoryUse || found == processes.end()) {
      entry.result = static_cast<std::uint32_t>(Status::ObjectNotFound);
      continue;
    }
    entry.private_memory = found->memory;
    entry.compute_instance = entry.gpu_instance = 0xffffffff;  // no MIG
  }
  return Status::Ok;
}

}  // namespace vgpu::rm
