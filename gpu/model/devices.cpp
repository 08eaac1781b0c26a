#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/log.h"
#include "gpu/model/device_file.h"
#include "gpu/model/uuid.h"

namespace vgpu::model {
namespace {

// The driver's versions, the one place. Older than 580, a driver has CUDA 12 only, and programs that ship both a CUDA
// 12 and a CUDA 13 build take the 12 one; CUDA 13 has dropped what is below compute capability 7.5, so its builds
// find no kernel for such a device. Hence 580 only where every device is 7.5 or newer.
const DriverVersions kCuda12 = {.driver = "570.124.06", .cuda = 12080, .nvml = "12.570.124.06"};
const DriverVersions kCuda13 = {.driver = "580.65.06", .cuda = 13000, .nvml = "13.580.65.06"};

std::string machine_seed() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::vector<Device> read_devices() {
  Expected<std::vector<Device>> devices = failure("");
  const char* source = kDeviceFile;
  if (::access(kDeviceFile, F_OK) == 0) {
    std::ifstream file(kDeviceFile, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    devices = file.good() || file.eof() ? parse_device_json(text) : failure("cannot be read");
    if (devices) {
      for (std::size_t ordinal = 0; ordinal < devices->size(); ++ordinal) {
        Device& device = (*devices)[ordinal];
        if (device.uuid == Uuid{}) device.uuid = uuid_from_seed(machine_seed(), static_cast<unsigned>(ordinal));
      }
    }
  } else {
    source = "environment";
    devices = devices_from_environment([](const char* name) { return std::getenv(name); }, machine_seed());
  }
  if (devices) return *devices;
  log(LogLevel::Error, std::string(source) + ": " + devices.error().message + "; no device");
  return {};
}

// A variable's value; nullopt-like empty view when unset or empty.
std::string_view value_of(const Environment& variable, const char* name) {
  const char* value = variable(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

Expected<unsigned> parse_count(std::string_view text) {
  unsigned count = 0;
  for (const char character : text) {
    if (character < '0' || character > '9') return failure("VGPU_COUNT \"" + std::string(text) + "\": no number");
    count = count * 10 + static_cast<unsigned>(character - '0');
    if (count > kMaximumDevices) {
      return failure("VGPU_COUNT \"" + std::string(text) + "\": more than " + std::to_string(kMaximumDevices));
    }
  }
  return count;
}

}  // namespace

std::string Device::pci_bus_id() const {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04x:%02x:%02x.0", pci_domain, pci_bus, pci_device);
  return text.data();
}

Device make_device(Profile profile, unsigned ordinal) {
  Device device;
  device.profile = std::move(profile);
  device.pci_device += ordinal;
  device.minor = ordinal;
  return device;
}

Expected<std::vector<Device>> devices_from_environment(const Environment& variable, std::string_view seed) {
  std::string_view name = value_of(variable, "VGPU_PROFILE_NAME");
  if (name.empty()) name = kDefaultProfile;
  auto profile = find_profile(name);
  if (!profile) return failure("VGPU_PROFILE_NAME: " + profile.error().message);
  if (const std::string_view text = value_of(variable, "VGPU_MEMORY"); !text.empty()) {
    const auto memory = parse_memory(text);
    if (!memory) return failure("VGPU_MEMORY: " + memory.error().message);
    profile->memory = *memory;
  }
  unsigned count = 1;
  if (const std::string_view text = value_of(variable, "VGPU_COUNT"); !text.empty()) {
    const auto parsed = parse_count(text);
    if (!parsed) return std::unexpected(parsed.error());
    count = *parsed;
  }
  const std::string_view uuid_text = value_of(variable, "VGPU_UUID");
  const auto uuid = parse_uuid(uuid_text);
  if (!uuid_text.empty() && !uuid) return failure("VGPU_UUID \"" + std::string(uuid_text) + "\": no UUID");
  std::vector<Device> devices;
  for (unsigned ordinal = 0; ordinal < count; ++ordinal) {
    devices.push_back(make_device(*profile, ordinal));
    devices.back().uuid = uuid && ordinal == 0 ? *uuid : uuid_from_seed(uuid ? uuid_text : seed, ordinal);
  }
  return devices;
}

const DriverVersions& versions_for(const std::vector<Device>& devices) {
  for (const Device& device : devices) {
    if (device.profile.compute_major * 10 + device.profile.compute_minor < 75) return kCuda12;
  }
  return devices.empty() ? kCuda12 : kCuda13;
}

const std::vector<Device>& devices() {
  static const std::vector<Device>& instance = *new std::vector<Device>(read_devices());
  return instance;
}

const DriverVersions& driver_versions() {
  return versions_for(devices());
}

}  // namespace vgpu::model
