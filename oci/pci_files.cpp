#include "oci/pci_files.h"

#include <linux/pci_regs.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>

#include "gpu/model/readings.h"

namespace vgpu::oci {
namespace {

constexpr unsigned kClass = 0x030200;  // 3D controller
constexpr unsigned kRevision = 0xa1;
constexpr unsigned kInterruptLine = 11;
// Of struct resource's flags (linux/ioport.h): memory of 32 bits; prefetchable memory of 64 bits.
constexpr std::uint64_t kMemory32 = 0x40200, kMemory64 = 0x14220c;
constexpr std::size_t kResources = 13;  // of a kernel with SR-IOV
constexpr std::size_t kConfigurationSize = 256;
constexpr std::size_t kExpressCapability = 0x78;

template <class... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 160> text{};
  const int length = std::snprintf(text.data(), text.size(), pattern, values...);
  return {text.data(), static_cast<std::size_t>(length)};
}

struct Identity {
  unsigned vendor, device, subsystem_vendor, subsystem_device;
};

Identity identity_of(const model::Profile& profile) {
  return {profile.pci_device_id & 0xffff, profile.pci_device_id >> 16, profile.pci_subsystem_id & 0xffff,
          profile.pci_subsystem_id >> 16};
}

struct Region {
  std::size_t number;  // of the base address register
  std::uint64_t start, size, flags;
};

// Where a firmware could have put them: apart from each other for each device.
std::array<Region, 3> regions_of(const model::Device& device) {
  constexpr std::uint64_t kMebi = 1 << 20;
  const std::uint64_t slot = device.pci_device;
  return {{{0, 0x80000000 + slot * 32 * kMebi, 16 * kMebi, kMemory32},
           {1, 0x4000000000 + slot * 1024 * kMebi, model::kBar1Size * kMebi, kMemory64},
           {3, 0x4000000000 + slot * 1024 * kMebi + 512 * kMebi, 32 * kMebi, kMemory64}}};
}

std::string resource(const model::Device& device) {
  std::array<Region, kResources> all{};
  for (const Region& region : regions_of(device)) all[region.number] = region;
  std::string text;
  for (const Region& region : all) {
    const std::uint64_t end = region.size == 0 ? 0 : region.start + region.size - 1;
    text += format("0x%016lx 0x%016lx 0x%016lx\n", region.start, end, region.flags);
  }
  return text;
}

class Configuration {
 public:
  void put(std::size_t offset, unsigned bytes, std::uint64_t value) {
    for (unsigned byte = 0; byte < bytes; ++byte) text_[offset + byte] = static_cast<char>(value >> (8 * byte));
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_ = std::string(kConfigurationSize, '\0');
};

std::string configuration(const model::Device& device) {
  const Identity identity = identity_of(device.profile);
  Configuration space;
  space.put(PCI_VENDOR_ID, 2, identity.vendor);
  space.put(PCI_DEVICE_ID, 2, identity.device);
  space.put(PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
  space.put(PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
  space.put(PCI_CLASS_REVISION, 4, kClass << 8 | kRevision);
  for (const Region& region : regions_of(device)) {
    const bool wide = region.flags == kMemory64;
    const std::uint64_t type = wide ? PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH : 0;
    space.put(PCI_BASE_ADDRESS_0 + 4 * region.number, wide ? 8 : 4, region.start | type);
  }
  space.put(PCI_SUBSYSTEM_VENDOR_ID, 2, identity.subsystem_vendor);
  space.put(PCI_SUBSYSTEM_ID, 2, identity.subsystem_device);
  space.put(PCI_CAPABILITY_LIST, 1, kExpressCapability);
  space.put(PCI_INTERRUPT_LINE, 1, kInterruptLine);
  space.put(PCI_INTERRUPT_PIN, 1, 1);
  space.put(kExpressCapability, 1, PCI_CAP_ID_EXP);
  space.put(kExpressCapability + PCI_EXP_FLAGS, 2, 2);  // version 2, an endpoint
  const unsigned link = device.profile.pcie_generation | device.profile.pcie_width << 4;
  space.put(kExpressCapability + PCI_EXP_LNKCAP, 4, link);
  space.put(kExpressCapability + PCI_EXP_LNKSTA, 2, link);
  return space.text();
}

std::string modalias(const Identity& identity) {
  return format("pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X", identity.vendor, identity.device,
                identity.subsystem_vendor, identity.subsystem_device, kClass >> 16, kClass >> 8 & 0xff, kClass & 0xff);
}

std::string uevent(const model::Device& device) {
  const Identity identity = identity_of(device.profile);
  return format("DRIVER=nvidia\nPCI_CLASS=%X\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=%04X:%04X\n", kClass, identity.vendor,
                identity.device, identity.subsystem_vendor, identity.subsystem_device) +
         "PCI_SLOT_NAME=" + device.pci_bus_id() + "\nMODALIAS=" + modalias(identity) + "\n";
}

std::string link_speed(unsigned generation) {
  constexpr std::array kSpeeds = {"2.5", "5.0", "8.0", "16.0", "32.0", "64.0"};
  const unsigned index = generation >= 1 && generation <= kSpeeds.size() ? generation - 1 : 0;
  return std::string(kSpeeds[index]) + " GT/s PCIe\n";
}

constexpr unsigned kMostCpus = 8192;

}  // namespace

std::string cpu_mask(std::string_view cpu_list) {
  std::vector<std::uint32_t> words(1);
  const char* at = cpu_list.data();
  const char* const end = at + cpu_list.size();
  while (at < end) {
    unsigned first = 0;
    const auto begin = std::from_chars(at, end, first);
    if (begin.ec != std::errc()) break;
    unsigned last = first;
    at = begin.ptr;
    if (at < end && *at == '-') at = std::from_chars(at + 1, end, last).ptr;
    if (at < end) ++at;
    if (last >= kMostCpus) break;
    if (last / 32 >= words.size()) words.resize(last / 32 + 1);
    for (unsigned cpu = first; cpu <= last; ++cpu) words[cpu / 32] |= 1U << cpu % 32;
  }
  std::string text;
  for (std::size_t index = words.size(); index-- > 0;) {
    text += format(text.empty() ? "%x" : ",%08x", words[index]);
  }
  return text;
}

std::vector<File> pci_files(const model::Device& device, std::string_view cpu_list) {
  const Identity identity = identity_of(device.profile);
  const std::string speed = link_speed(device.profile.pcie_generation);
  const std::string width = std::to_string(device.profile.pcie_width) + "\n";
  return {{"vendor", format("0x%04x\n", identity.vendor)},
          {"device", format("0x%04x\n", identity.device)},
          {"subsystem_vendor", format("0x%04x\n", identity.subsystem_vendor)},
          {"subsystem_device", format("0x%04x\n", identity.subsystem_device)},
          {"class", format("0x%06x\n", kClass)},
          {"revision", format("0x%02x\n", kRevision)},
          {"irq", std::to_string(kInterruptLine) + "\n"},
          {"numa_node", "-1\n"},
          {"local_cpulist", std::string(cpu_list) + "\n"},
          {"local_cpus", cpu_mask(cpu_list) + "\n"},
          {"enable", "1\n"},
          {"power_state", "D0\n"},
          {"dma_mask_bits", "47\n"},
          {"current_link_speed", speed},
          {"max_link_speed", speed},
          {"current_link_width", width},
          {"max_link_width", width},
          {"modalias", modalias(identity) + "\n"},
          {"uevent", uevent(device)},
          {"resource", resource(device)},
          {"config", configuration(device)}};
}

}  // namespace vgpu::oci
