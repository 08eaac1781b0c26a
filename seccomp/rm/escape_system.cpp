#include <algorithm>
#include <cerrno>
#include <cstring>

#include "seccomp/rm/escape_handlers.h"
#include "seccomp/rm/identity.h"

// What user-space asks before it has a client.
namespace vgpu::rm {
namespace {

// "Recognized", of nv-ioctl.h's replies.
constexpr std::uint32_t kRecognized = 1;

// A GPU's windows into physical memory as a machine's firmware might place them; nobody maps them by address.
constexpr std::uint64_t kRegistersAddress = 0xfa000000, kRegistersSize = 16 << 20;
constexpr std::uint64_t kMemoryWindowAddress = 0x38000000000, kMemoryWindowDistance = 0x400000000;
constexpr std::uint16_t kInterruptLine = 16;
constexpr std::uint64_t kMemoryBlockSize = std::uint64_t{128} << 20;  // of memory hotplug on x86-64

}  // namespace

int card_info(EscapeCall& call) {
  if (call.parameters.size() % sizeof(abi::CardInfo) != 0) return EINVAL;
  const std::size_t room = call.parameters.size() / sizeof(abi::CardInfo);
  std::ranges::fill(call.parameters, std::byte{});
  auto* cards = &call.as<abi::CardInfo>();
  const auto devices = call.driver.devices();
  for (std::size_t index = 0; index < devices.size() && index < room; ++index) {
    const model::Device& device = devices[index];
    abi::CardInfo& card = cards[index];
    card.valid = 1;
    card.pci = {device.pci_domain,
                static_cast<std::uint8_t>(device.pci_bus),
                static_cast<std::uint8_t>(device.pci_device),
                0,
                0,
                static_cast<std::uint16_t>(device.profile.pci_device_id),
                static_cast<std::uint16_t>(device.profile.pci_device_id >> 16)};
    card.gpu_id = gpu_id(device);
    card.interrupt_line = kInterruptLine;
    card.registers_address = kRegistersAddress + index * kRegistersSize;
    card.registers_size = kRegistersSize;
    card.memory_address = kMemoryWindowAddress + index * kMemoryWindowDistance;
    card.memory_size = kMemoryWindowSize;
    card.minor = device.minor;
  }
  return 0;
}

int register_descriptor(EscapeCall& call) {
  const auto identity =
      call.driver.host().descriptor(call.call.thread, call.as<abi::RegisterDescriptor>().control_descriptor);
  const File* control = identity ? call.driver.find_file(identity->device, identity->inode) : nullptr;
  if (control == nullptr || control->node.kind != NodeKind::Control) return EINVAL;
  if (call.file.node.kind == NodeKind::Control) return control->id == call.file.id ? 0 : EINVAL;
  if (call.file.control_file != 0) return call.file.control_file == control->id ? 0 : EINVAL;
  Record record;
  record.kind = RecordKind::LinkFile;
  record.file = call.file.id;
  record.value = control->id;
  call.driver.change(record);
  return 0;
}

int check_version(EscapeCall& call) {
  auto& parameters = call.as<abi::VersionString>();
  const std::string text = version_of(call.driver, version_for(call.driver, call.file, call.call.thread));
  parameters.reply = kRecognized;
  std::memset(parameters.version, 0, sizeof parameters.version);
  text.copy(parameters.version, sizeof parameters.version - 1);
  return 0;
}

int attach_gpus(EscapeCall& call) {
  const std::size_t count = call.parameters.size() / sizeof(std::uint32_t);
  const auto* ids = &call.as<std::uint32_t>();
  for (std::size_t index = 0; index < count; ++index) {
    if (ids[index] != 0 && find_device(call.driver, ids[index]) == nullptr) return EINVAL;
  }
  return 0;
}

int system_parameters(EscapeCall& call) {
  call.as<std::uint64_t>() = kMemoryBlockSize;
  return 0;
}

int numa_info(EscapeCall& call) {
  std::ranges::fill(call.parameters, std::byte{});
  call.as<std::int32_t>() = -1;  // no node of its own
  return 0;
}

int wait_open(EscapeCall& call) {
  // Both results of an opening that goes on in the background, which none does here: nv-ioctl.h of branch 550.
  std::ranges::fill(call.parameters, std::byte{});
  return 0;
}

}  // namespace vgpu::rm
