#include "seccomp/rm/abi/control_gpu.h"

#include <algorithm>
#include <cstring>

#include "seccomp/rm/abi/control_client.h"
#include "seccomp/rm/chip.h"
#include "seccomp/rm/control_handlers.h"
#include "seccomp/rm/identity.h"
#include "seccomp/rm/info_list.h"

// Controls of a device and a subdevice: what the GPU is.
namespace vgpu::rm {
namespace {

using abi::Status;

constexpr std::uint32_t kRevision = 0xa1;

// NV2080_CTRL_GPU_INFO_INDEX_…
// The first one is in no header: observed with nvidia-smi 535 and 550, whose "Product Brand" is "NVIDIA" with it and
// "GeForce" without.
constexpr std::uint32_t kDataCenterBoard = 0x11;
constexpr std::uint32_t kSmVersion = 0x2c, kProfilingCapability = 0x36, kDebuggingCapability = 0x37;

std::uint32_t gpu_info(const ControlCall& call, std::uint32_t index) {
  switch (index) {
    case kSmVersion:
      return sm_version(call.device().profile);
    case kDataCenterBoard:
    case kProfilingCapability:
    case kDebuggingCapability:
      return 1;
    default:
      return 0;
  }
}

}  // namespace

Status gpu_name(ControlCall& call) {
  auto& parameters = call.as<abi::NameString>();
  if (parameters.flags != 0) return Status::NotSupported;  // UTF-16
  std::memset(parameters.ascii, 0, sizeof parameters.ascii);
  call.device().profile.name.copy(parameters.ascii, sizeof parameters.ascii - 1);
  return Status::Ok;
}

Status gpu_short_name(ControlCall& call) {
  std::ranges::fill(call.parameters, std::byte{});
  const std::string name = chip_of(call.device().profile).name;
  name.copy(reinterpret_cast<char*>(call.parameters.data()), call.parameters.size() - 1);
  return Status::Ok;
}

Status gpu_gid(ControlCall& call) {
  auto& parameters = call.as<abi::GpuGid>();
  parameters.length = write_uuid(call.device(), (parameters.flags & abi::kUuidBinary) != 0, parameters.data);
  return Status::Ok;
}

Status gpu_info(ControlCall& call) {
  return answer_list(call, [&](std::uint32_t index) { return gpu_info(call, index); });
}

Status gpu_info_pointer(ControlCall& call) {
  return answer_list_pointer(call, [&](std::uint32_t index) { return gpu_info(call, index); });
}

Status gpu_architecture(ControlCall& call) {
  const Chip& chip = chip_of(call.device().profile);
  call.as<abi::ArchitectureInfo>() = {chip.architecture, chip.implementation, kRevision, 0, {}};
  return Status::Ok;
}

Status gpu_class_list(ControlCall& call) {
  auto& list = call.as<abi::ClassList>();
  const auto classes = chip_of(call.device().profile).classes();
  std::ranges::fill(call.parameters, std::byte{});
  list.count = static_cast<std::uint32_t>(classes.size());
  std::ranges::copy(classes, list.classes);
  return Status::Ok;
}

Status gpu_class_list_pointer(ControlCall& call) {
  auto& parameters = call.as<abi::InfoPointer>();
  const auto classes = chip_of(call.device().profile).classes();
  if (parameters.entries != 0) {
    const std::size_t count = std::min<std::size_t>(parameters.count, classes.size());
    call.write(parameters.entries, std::as_bytes(std::span(classes)).first(count * sizeof classes[0]));
  }
  parameters.count = static_cast<std::uint32_t>(classes.size());
  return Status::Ok;
}

Status gpu_subdevice_count(ControlCall& call) {
  call.word(0) = 1;
  return Status::Ok;
}

Status gpu_engines(ControlCall& call) {
  // Graphics, five copy engines, decoder, encoder, software and host: NV2080_ENGINE_TYPE_… of cl2080_notification.h.
  static constexpr auto kEngines = std::to_array<std::uint32_t>({1, 9, 10, 11, 12, 13, 0x13, 0x1b, 0x22, 0x26});
  auto& list = call.as<abi::EngineList>();
  std::ranges::fill(call.parameters, std::byte{});
  list.count = kEngines.size();
  std::ranges::copy(kEngines, list.engines);
  return Status::Ok;
}

Status gpu_persistence(ControlCall& call) {
  // 0 on, 1 off. What a persistence daemon is for, a GPU that stays initialized, is how a vGPU always is.
  call.word(0) = 0;
  return Status::Ok;
}

Status gpu_compute_policies(ControlCall& call) {
  // Their number, then each one's type and value: the only one there is has type 0, NV2080_CTRL_GPU_COMPUTE_POLICY_
  // TIMESLICE, and 0 is the default time slice. Without it, libcuda takes no data center board for a device.
  std::ranges::fill(call.parameters, std::byte{});
  call.word(0) = 1;
  return Status::Ok;
}

}  // namespace vgpu::rm
