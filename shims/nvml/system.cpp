// Initialization, versions and finding devices.
#include <cctype>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "gpu/model/readings.h"
#include "shims/nvml/api.h"
#include "shims/nvml/devices.h"

namespace vgpu::nvml::api {
namespace {

template <class Matches>
nvmlReturn_t find(nvmlDevice_t* handle, Matches matches) {
  for (const model::Device& device : model::devices()) {
    if (!matches(device)) continue;
    *handle = handle_of(device);
    return kSuccess;
  }
  return kNotFound;
}

}  // namespace

nvmlReturn_t nvmlInit_v2() {
  initialize();
  return kSuccess;
}

nvmlReturn_t nvmlInitWithFlags(unsigned) {
  return nvmlInit_v2();
}

nvmlReturn_t nvmlShutdown() {
  return shut_down() ? kSuccess : kUninitialized;
}

nvmlReturn_t nvmlSystemGetDriverVersion(char* version, unsigned length) {
  return copy_text(model::driver_versions().driver, version, length);
}

nvmlReturn_t nvmlSystemGetNVMLVersion(char* version, unsigned length) {
  return copy_text(model::driver_versions().nvml, version, length);
}

nvmlReturn_t nvmlSystemGetCudaDriverVersion(int* version) {
  if (version == nullptr) return kInvalidArgument;
  *version = model::driver_versions().cuda;
  return kSuccess;
}

nvmlReturn_t nvmlSystemGetCudaDriverVersion_v2(int* version) {
  return nvmlSystemGetCudaDriverVersion(version);
}

nvmlReturn_t nvmlSystemGetProcessName(unsigned pid, char* name, unsigned length) {
  if (name == nullptr || length == 0) return kInvalidArgument;
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
  if (!file) return kNotFound;
  std::string command;
  std::getline(file, command, '\0');
  return copy_text(std::string_view(command).substr(0, length - 1), name, length);
}

nvmlReturn_t nvmlDeviceGetCount_v2(unsigned* count) {
  if (count == nullptr) return kInvalidArgument;
  *count = static_cast<unsigned>(model::devices().size());
  return kSuccess;
}

nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned index, nvmlDevice_t* device) {
  if (device == nullptr || index >= model::devices().size()) return kInvalidArgument;
  *device = handle_of(model::devices()[index]);
  return kSuccess;
}

nvmlReturn_t nvmlDeviceGetHandleByUUID(const char* uuid, nvmlDevice_t* device) {
  if (uuid == nullptr || device == nullptr) return kInvalidArgument;
  return find(device, [&](const model::Device& candidate) { return candidate.uuid_string() == uuid; });
}

nvmlReturn_t nvmlDeviceGetHandleBySerial(const char* serial, nvmlDevice_t* device) {
  if (serial == nullptr || device == nullptr) return kInvalidArgument;
  return find(device, [&](const model::Device& candidate) { return model::serial_number(candidate) == serial; });
}

// Domains of any number of digits, as in 0000:00:05.0 and 00000000:00:05.0, and none, as in 00:05.0.
nvmlReturn_t nvmlDeviceGetHandleByPciBusId_v2(const char* bus_id, nvmlDevice_t* device) {
  if (bus_id == nullptr || device == nullptr) return kInvalidArgument;
  unsigned domain = 0;
  unsigned bus = 0;
  unsigned slot = 0;
  unsigned function = 0;
  if (std::sscanf(bus_id, "%x:%x:%x.%x", &domain, &bus, &slot, &function) < 3) {
    domain = 0;
    if (std::sscanf(bus_id, "%x:%x.%x", &bus, &slot, &function) < 2) return kInvalidArgument;
  }
  return find(device, [&](const model::Device& candidate) {
    return candidate.pci_domain == domain && candidate.pci_bus == bus && candidate.pci_device == slot && function == 0;
  });
}

}  // namespace vgpu::nvml::api
