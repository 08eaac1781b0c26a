#include <algorithm>

#include "seccomp/rm/control_handlers.h"
#include "seccomp/rm/identity.h"
#include "seccomp/rm/info_list.h"

// Controls of the bus that a GPU is on.
namespace vgpu::rm {
namespace {

using abi::Status;

constexpr std::uint32_t kRevision = 0xa1;

// NV2080_CTRL_BUS_INFO_INDEX_… of ctrl2080bus.h.
enum BusInfo : std::uint32_t {
  kType = 0x00,
  kInterruptLine = 0x01,
  kGpuLinkCapabilities = 0x03,
  kRootLinkCapabilities = 0x04,
  kGpuLinkStatus = 0x07,
  kRootLinkStatus = 0x08,
  kBusNumber = 0x0f,
  kDeviceNumber = 0x10,
  kInterfaceType = 0x13,
  kBoardLinkCapabilities = 0x16,
  kBoardLinkStatus = 0x17,
  kDomainNumber = 0x2c,
  kGenerationInfo = 0x2d,
  kBoardGenerationInfo = 0x30,
};
constexpr std::uint32_t kPciExpress = 3;
constexpr std::uint32_t kLine = 16;

std::uint32_t bus_info(const ControlCall& call, std::uint32_t index) {
  const model::Device& device = call.device();
  const std::uint32_t generation = device.profile.pcie_generation, width = device.profile.pcie_width;
  switch (index) {
    case kType:
    case kInterfaceType:
      return kPciExpress;
    case kInterruptLine:
      return kLine;
    case kBusNumber:
      return device.pci_bus;
    case kDeviceNumber:
      return device.pci_device;
    case kDomainNumber:
      return device.pci_domain;
    case kGpuLinkCapabilities:
    case kRootLinkCapabilities:
    case kBoardLinkCapabilities:
    case kGenerationInfo:
    case kBoardGenerationInfo:
      // Speed 3:0, width 9:4, and generations minus 1: of the link at 15:12, the present one at 19:16, of the GPU at
      // 23:20.
      return generation | width << 4 | (generation - 1) << 12 | (generation - 1) << 16 | (generation - 1) << 20;
    case kGpuLinkStatus:
    case kRootLinkStatus:
    case kBoardLinkStatus:
      return generation << 16 | width << 20;
    default:
      return 0;
  }
}

}  // namespace

Status bus_pci_info(ControlCall& call) {
  const model::Profile& profile = call.device().profile;
  call.as<abi::PciInfo>() = {profile.pci_device_id, profile.pci_subsystem_id, kRevision, profile.pci_device_id >> 16};
  return Status::Ok;
}

Status bus_info(ControlCall& call) {
  return answer_list(call, [&](std::uint32_t index) { return bus_info(call, index); });
}

Status bus_info_pointer(ControlCall& call) {
  return answer_list_pointer(call, [&](std::uint32_t index) { return bus_info(call, index); });
}

Status bus_windows(ControlCall& call) {
  constexpr std::uint64_t kMib = std::uint64_t{1} << 20;
  static constexpr abi::PciBar kBars[] = {{0, 16, 16 * kMib, 0xfa000000},
                                          {0, kMemoryWindowSize / kMib, kMemoryWindowSize, 0x38000000000},
                                          {0, 32, 32 * kMib, 0x38010000000}};
  auto& bars = call.as<abi::PciBars>();
  std::ranges::fill(call.parameters, std::byte{});
  bars.count = std::size(kBars);
  std::ranges::copy(kBars, bars.bars);
  return Status::Ok;
}

Status bus_counters(ControlCall& call) {
  // The first word says which counters; no link ever failed or is measured.
  std::ranges::fill(call.parameters.subspan(sizeof(std::uint32_t)), std::byte{});
  return Status::Ok;
}

}  // namespace vgpu::rm
