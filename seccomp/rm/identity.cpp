#include "seccomp/rm/identity.h"

#include <cstring>

#include "gpu/model/device_file.h"

namespace vgpu::rm {

std::uint32_t gpu_id(const model::Device& device) {
  return device.pci_domain << 16 | device.pci_bus << 8 | device.pci_device;
}

const model::Device* find_device(const Driver& driver, std::uint32_t id) {
  for (const model::Device& device : driver.devices()) {
    if (gpu_id(device) == id) return &device;
  }
  return nullptr;
}

std::uint32_t write_uuid(const model::Device& device, bool binary, std::uint8_t* target) {
  std::memset(target, 0, 256);
  if (binary) {
    std::memcpy(target, device.uuid.data(), device.uuid.size());
    return static_cast<std::uint32_t>(device.uuid.size());
  }
  const std::string text = device.uuid_string();
  std::memcpy(target, text.data(), text.size());
  return static_cast<std::uint32_t>(text.size() + 1);
}

std::string version_of(const Driver& driver, std::uint64_t version) {
  if (version != 0) return version_text(version);
  return model::versions_for({driver.devices().begin(), driver.devices().end()}).driver;
}

std::uint32_t sm_version(const model::Profile& profile) {
  return profile.compute_major << 8 | profile.compute_minor;
}

}  // namespace vgpu::rm
