#include "seccomp/rm/abi/control_client.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "gpu/model/device_file.h"
#include "seccomp/rm/abi/channel.h"
#include "seccomp/rm/control_handlers.h"
#include "seccomp/rm/identity.h"

// Controls of a client: which GPUs there are.
namespace vgpu::rm {
namespace {

using abi::Status;

constexpr std::uint32_t kInUseFlag = 1;  // of GPU_GET_ID_INFO's flags
constexpr std::uint32_t kUserModeBase = 0x61;
constexpr std::uint32_t kLongestString = 256;

std::uint32_t ordinal_of(const ControlCall& call, const model::Device& device) {
  return static_cast<std::uint32_t>(&device - call.driver.devices().data());
}

// Fills the words of the parameters from `offset` on with the numbers of all GPUs, and the rest with "none".
Status list_ids(ControlCall& call) {
  std::ranges::fill(call.parameters, std::byte{0xff});
  std::size_t offset = 0;
  for (const model::Device& device : call.driver.devices()) {
    call.word(offset) = gpu_id(device);
    offset += sizeof(std::uint32_t);
  }
  return Status::Ok;
}

template <class Info>
Status id_info(ControlCall& call) {
  auto& info = call.as<Info>();
  const model::Device* device = find_device(call.driver, info.gpu_id);
  if (device == nullptr) return Status::InvalidArgument;
  const std::uint32_t ordinal = ordinal_of(call, *device);
  info.flags = kInUseFlag;
  info.device_instance = ordinal;
  info.subdevice_instance = 0;
  info.sli_status = 0;
  info.board_id = info.gpu_id;
  info.gpu_instance = ordinal;
  info.numa_node = -1;
  return Status::Ok;
}

}  // namespace

Status client_probed_ids(ControlCall& call) {
  return list_ids(call);
}

Status client_attached_ids(ControlCall& call) {
  return list_ids(call);
}

Status client_attach_ids(ControlCall& call) {
  const auto& list = call.as<abi::GpuIdList>();
  if (list.ids[0] == abi::kNoGpu || list.ids[0] == 0x0000ffff) return Status::Ok;  // all of them
  for (const std::uint32_t id : list.ids) {
    if (id == abi::kNoGpu) break;
    if (find_device(call.driver, id) == nullptr) return Status::InvalidArgument;
  }
  return Status::Ok;
}

Status client_attach_id(ControlCall& call) {
  return call.word(0) == abi::kNoGpu || find_device(call.driver, call.word(0)) != nullptr ? Status::Ok
                                                                                          : Status::InvalidArgument;
}

Status client_id_info(ControlCall& call) {
  return id_info<abi::GpuIdInfo>(call);
}

Status client_id_info2(ControlCall& call) {
  return id_info<abi::GpuIdInfo2>(call);
}

Status client_pci_info(ControlCall& call) {
  auto& info = call.as<abi::GpuPciInfo>();
  const model::Device* device = find_device(call.driver, info.gpu_id);
  if (device == nullptr) return Status::InvalidArgument;
  info.domain = device->pci_domain;
  info.bus = static_cast<std::uint16_t>(device->pci_bus);
  info.slot = static_cast<std::uint16_t>(device->pci_device);
  return Status::Ok;
}

Status client_drain_state(ControlCall& call) {
  auto& state = call.as<abi::GpuDrainState>();
  if (find_device(call.driver, state.gpu_id) == nullptr) return Status::InvalidArgument;
  state.state = state.flags = 0;
  return Status::Ok;
}

Status client_uuid_of_id(ControlCall& call) {
  auto& parameters = call.as<abi::GpuUuid>();
  const model::Device* device = find_device(call.driver, parameters.gpu_id);
  if (device == nullptr) return Status::InvalidArgument;
  parameters.length = write_uuid(*device, (parameters.flags & abi::kUuidBinary) != 0, parameters.uuid);
  return Status::Ok;
}

Status client_build_version(ControlCall& call) {
  auto& parameters = call.as<abi::BuildVersion>();
  const std::uint32_t size = parameters.string_size;
  if (size == 0 || size > kLongestString) return Status::InvalidArgument;
  const std::string version = version_of(call.driver, call.version);
  const std::string branch = "r" + version.substr(0, version.find('.')) + "_00";
  const auto write = [&](std::uint64_t address, const std::string& text) {
    if (address == 0) return;
    std::array<char, kLongestString> buffer{};
    text.copy(buffer.data(), size - 1);
    call.write(address, std::as_bytes(std::span(buffer)).first(size));
  };
  write(parameters.driver_version, version);
  write(parameters.version, branch);
  write(parameters.title, "NVIDIA UNIX x86_64 Kernel Module");
  parameters.change_list = parameters.official_change_list = 0;
  return Status::Ok;
}

Status client_address_space_type(ControlCall& call) {
  auto& parameters = call.as<abi::AddressSpaceType>();
  const Object* object = object_for(call.client, parameters.object);
  if (object == nullptr) return Status::InvalidObject;
  parameters.type = (object->object_class & 0xff) == kUserModeBase && object->object_class > 0xffff / 2
                        ? abi::kRegisters
                        : (object->charged || object->object_class == abi::kPascalChannelClass ? abi::kVideoMemory
                                                                                               : abi::kSystemMemory);
  return Status::Ok;
}

Status client_fabric_status(ControlCall& call) {
  constexpr std::uint32_t kSkip = 1;  // NV0000_CTRL_GET_SYSTEM_FABRIC_STATUS_SKIP: there is no fabric
  call.word(0) = kSkip;
  return Status::Ok;
}

Status client_accounting_state(ControlCall& call) {
  constexpr std::uint32_t kDisabled = 1;  // NV0000_CTRL_GPU_ACCOUNTING_STATE_DISABLED
  call.word(8) = kDisabled;               // after the GPU's ID and a process
  return Status::Ok;
}

Status zero(ControlCall& call) {
  std::ranges::fill(call.parameters, std::byte{});
  return Status::Ok;
}

Status unchanged(ControlCall&) {
  return Status::Ok;
}

}  // namespace vgpu::rm
