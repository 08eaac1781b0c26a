#include "oci/driver_files.h"

#include <algorithm>
#include <charconv>

#include "gpu/model/device_nodes.h"
#include "gpu/model/readings.h"
#include "oci/pci_files.h"

namespace vgpu::oci {
namespace {

// The parameters that programs look at before they make device files themselves.
constexpr const char* kParameters =
    "ResmanDebugLevel: 4294967295\n"
    "RmLogonRC: 1\n"
    "ModifyDeviceFiles: 0\n"
    "DeviceFileUID: 0\n"
    "DeviceFileGID: 0\n"
    "DeviceFileMode: 438\n"
    "InitializeSystemMemoryAllocations: 1\n"
    "EnableMSI: 1\n"
    "EnablePCIeGen3: 0\n"
    "MemoryPoolSize: 0\n"
    "EnableUserNUMAManagement: 1\n"
    "NvLinkDisable: 0\n"
    "RegistryDwords: \"\"\n"
    "RegistryDwordsPerDevice: \"\"\n"
    "RmMsg: \"\"\n"
    "GpuBlacklist: \"\"\n"
    "TemporaryFilePath: \"\"\n"
    "ExcludedGpus: \"\"\n";
constexpr const char* kNoRegistry = "Binary: \"\"\n";

std::string information(const model::Device& device) {
  return "Model: \t\t " + device.profile.name + "\nIRQ:   \t\t 11\nGPU UUID: \t " + device.uuid_string() +
         "\nVideo BIOS: \t " + model::kVbiosVersion +
         "\nBus Type: \t PCIe\nDMA Size: \t 47 bits\nDMA Mask: \t 0x7fffffffffff\nBus Location: \t " +
         device.pci_bus_id() + "\nDevice Minor: \t " + std::to_string(device.minor) + "\nGPU Excluded:\t No\n";
}

std::string capability(unsigned minor) {
  return "DeviceFileMinor: " + std::to_string(minor) + "\nDeviceFileMode: 256\nDeviceFileModify: 0\n";
}

}  // namespace

std::vector<File> driver_files(const std::vector<model::Device>& devices, const model::DriverVersions& versions,
                               std::string_view cpu_list) {
  const std::string driver = std::string(kDriverFolder) + "/nvidia/";
  const std::string module = std::string(kModuleFolder) + "/nvidia/";
  std::vector<File> files = {
      {driver + "version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  " + versions.driver +
                               "  vgpu\nGCC version:  gcc version " + __VERSION__ + "\n"},
      {driver + "params", kParameters},
      {driver + "registry", kNoRegistry},
      {driver + "capabilities/mig/config", capability(1)},
      {driver + "capabilities/mig/monitor", capability(2)},
      {module + "version", versions.driver + "\n"},
      {module + "initstate", "live\n"},
      {module + "refcnt", "1\n"},
  };
  for (const model::Device& device : devices) {
    const std::string folder = driver + "gpus/" + device.pci_bus_id() + "/";
    files.push_back({folder + "information", information(device)});
    files.push_back({folder + "registry", kNoRegistry});
    for (File& file : pci_files(device, cpu_list)) {
      files.push_back({std::string(kPciFolder) + "/" + device.pci_bus_id() + "/" + file.name, std::move(file.content)});
    }
  }
  return files;
}

std::string with_driver_numbers(std::string_view device_numbers) {
  struct Line {
    unsigned number;
    std::string text;
  };
  const auto line = [](unsigned number, const char* name) {
    return Line{number, std::to_string(number) + " " + name + "\n"};
  };
  std::vector<Line> missing = {line(model::kDriverMajor, "nvidia-frontend"), line(model::kUvmMajor, "nvidia-uvm")};
  std::string text;
  bool characters = false;
  const auto add_below = [&](unsigned limit) {
    while (!missing.empty() && missing.front().number <= limit) {
      if (missing.front().number < limit) text += missing.front().text;
      missing.erase(missing.begin());
    }
  };
  while (!device_numbers.empty()) {
    const std::size_t length = std::min(device_numbers.find('\n'), device_numbers.size() - 1) + 1;
    const std::string_view one = device_numbers.substr(0, length);
    device_numbers.remove_prefix(length);
    unsigned number = 0;
    const std::string_view digits = one.substr(std::min(one.find_first_not_of(' '), one.size()));
    const bool numbered = std::from_chars(digits.data(), digits.data() + digits.size(), number).ec == std::errc();
    if (characters && numbered) add_below(number);
    if (characters && !numbered) {
      add_below(UINT32_MAX);
      characters = false;
    }
    if (one.starts_with("Character")) characters = true;
    text += one;
  }
  if (characters) add_below(UINT32_MAX);
  return text;
}

}  // namespace vgpu::oci
