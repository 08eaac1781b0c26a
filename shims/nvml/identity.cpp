// What a device is: names, numbers, PCI.
#include <algorithm>
#include <cstdio>

#include "gpu/model/readings.h"
#include "shims/nvml/api.h"
#include "shims/nvml/devices.h"

namespace vgpu::nvml::api {
namespace {

constexpr unsigned kBrandTesla = 2, kBrandNvidia = 14;
constexpr unsigned kBusTypePcie = 2;

template <class Read>
nvmlReturn_t answer_text(nvmlDevice_t handle, char* buffer, unsigned length, Read read) {
  const model::Device* device = find_device(handle);
  return device == nullptr ? kInvalidArgument : copy_text(read(*device), buffer, length);
}

// NVML's numbers of architectures, from the compute capability.
unsigned architecture_of(const model::Profile& profile) {
  constexpr unsigned kPascal = 4, kVolta = 5, kTuring = 6, kAmpere = 7, kAda = 8, kHopper = 9, kUnknownOne = 0xffffffff;
  const unsigned capability = profile.compute_major * 10 + profile.compute_minor;
  switch (profile.compute_major) {
    case 6:
      return kPascal;
    case 7:
      return capability < 75 ? kVolta : kTuring;
    case 8:
      return capability < 89 ? kAmpere : kAda;
    case 9:
      return kHopper;
    default:
      return kUnknownOne;
  }
}

template <class Info>
void fill_pci(const model::Device& device, Info& info) {
  info.domain = device.pci_domain;
  info.bus = device.pci_bus;
  info.device = device.pci_device;
  info.pciDeviceId = device.profile.pci_device_id;
  info.pciSubSystemId = device.profile.pci_subsystem_id;
  std::snprintf(info.busId, sizeof info.busId, "%08X:%02X:%02X.0", device.pci_domain, device.pci_bus,
                device.pci_device);
}

}  // namespace

nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char* name, unsigned length) {
  return answer_text(device, name, length, [](const model::Device& found) { return found.profile.name; });
}
nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char* uuid, unsigned length) {
  return answer_text(device, uuid, length, [](const model::Device& found) { return found.uuid_string(); });
}
nvmlReturn_t nvmlDeviceGetSerial(nvmlDevice_t device, char* serial, unsigned length) {
  return answer_text(device, serial, length, [](const model::Device& found) { return model::serial_number(found); });
}
nvmlReturn_t nvmlDeviceGetVbiosVersion(nvmlDevice_t device, char* version, unsigned length) {
  return answer_text(device, version, length, [](const model::Device&) { return model::kVbiosVersion; });
}

nvmlReturn_t nvmlDeviceGetIndex(nvmlDevice_t device, unsigned* index) {
  return answer(device, index, [](const model::Device& found) { return &found - model::devices().data(); });
}
nvmlReturn_t nvmlDeviceGetMinorNumber(nvmlDevice_t device, unsigned* minor) {
  return answer(device, minor, [](const model::Device& found) { return found.minor; });
}
nvmlReturn_t nvmlDeviceGetBoardId(nvmlDevice_t device, unsigned* board_id) {
  return answer(device, board_id, [](const model::Device& found) {
    return found.pci_domain << 16 | found.pci_bus << 8 | found.pci_device;
  });
}
nvmlReturn_t nvmlDeviceGetMultiGpuBoard(nvmlDevice_t device, unsigned* multi_gpu) {
  return answer(device, multi_gpu, [](const model::Device&) { return 0; });
}
nvmlReturn_t nvmlDeviceOnSameBoard(nvmlDevice_t device, nvmlDevice_t other, int* same) {
  if (find_device(other) == nullptr) return kInvalidArgument;
  return answer(device, same, [&](const model::Device& found) { return handle_of(found) == other; });
}
nvmlReturn_t nvmlDeviceGetBrand(nvmlDevice_t device, unsigned* brand) {
  return answer(device, brand, [](const model::Device& found) {
    return found.profile.name.starts_with("Tesla") ? kBrandTesla : kBrandNvidia;
  });
}
nvmlReturn_t nvmlDeviceGetArchitecture(nvmlDevice_t device, unsigned* architecture) {
  return answer(device, architecture, [](const model::Device& found) { return architecture_of(found.profile); });
}
nvmlReturn_t nvmlDeviceGetCudaComputeCapability(nvmlDevice_t device, int* major, int* minor) {
  if (major == nullptr) return kInvalidArgument;
  return answer(device, minor, [&](const model::Device& found) {
    *major = static_cast<int>(found.profile.compute_major);
    return found.profile.compute_minor;
  });
}
nvmlReturn_t nvmlDeviceGetNumGpuCores(nvmlDevice_t device, unsigned* count) {
  return answer(device, count, [](const model::Device& found) { return found.profile.cuda_cores; });
}
nvmlReturn_t nvmlDeviceGetMemoryBusWidth(nvmlDevice_t device, unsigned* bits) {
  return answer(device, bits, [](const model::Device& found) { return found.profile.memory_bus_bits; });
}
nvmlReturn_t nvmlDeviceGetAttributes_v2(nvmlDevice_t device, nvmlDeviceAttributes_t* attributes) {
  return answer(device, attributes, [](const model::Device& found) {
    nvmlDeviceAttributes_t result{};
    result.multiprocessorCount = found.profile.multiprocessors;
    result.memorySizeMB = found.profile.memory >> 20;
    return result;
  });
}

nvmlReturn_t nvmlDeviceGetPciInfo_v3(nvmlDevice_t device, nvmlPciInfo_t* info) {
  return answer(device, info, [](const model::Device& found) {
    nvmlPciInfo_t result{};
    fill_pci(found, result);
    std::snprintf(result.busIdLegacy, sizeof result.busIdLegacy, "%04X:%02X:%02X.0", found.pci_domain & 0xffff,
                  found.pci_bus & 0xff, found.pci_device & 0xff);
    return result;
  });
}
nvmlReturn_t nvmlDeviceGetPciInfo_v2(nvmlDevice_t device, nvmlPciInfo_t* info) {
  return nvmlDeviceGetPciInfo_v3(device, info);
}
nvmlReturn_t nvmlDeviceGetPciInfo(nvmlDevice_t device, nvmlPciInfo_t* info) {
  return nvmlDeviceGetPciInfo_v3(device, info);
}
nvmlReturn_t nvmlDeviceGetPciInfoExt(nvmlDevice_t device, nvmlPciInfoExt_t* info) {
  if (info == nullptr) return kInvalidArgument;
  if (info->version != struct_version<nvmlPciInfoExt_t>(1)) return kArgumentVersionMismatch;
  return answer(device, info, [&](const model::Device& found) {
    nvmlPciInfoExt_t result{};
    result.version = info->version;
    fill_pci(found, result);
    result.baseClass = 0x03;  // display controller, 3D controller
    result.subClass = 0x02;
    return result;
  });
}
nvmlReturn_t nvmlDeviceGetBusType(nvmlDevice_t device, unsigned* type) {
  return answer(device, type, [](const model::Device&) { return kBusTypePcie; });
}
nvmlReturn_t nvmlDeviceGetMaxPcieLinkGeneration(nvmlDevice_t device, unsigned* generation) {
  return answer(device, generation, [](const model::Device& found) { return found.profile.pcie_generation; });
}
nvmlReturn_t nvmlDeviceGetGpuMaxPcieLinkGeneration(nvmlDevice_t device, unsigned* generation) {
  return nvmlDeviceGetMaxPcieLinkGeneration(device, generation);
}
nvmlReturn_t nvmlDeviceGetCurrPcieLinkGeneration(nvmlDevice_t device, unsigned* generation) {
  return nvmlDeviceGetMaxPcieLinkGeneration(device, generation);
}
nvmlReturn_t nvmlDeviceGetMaxPcieLinkWidth(nvmlDevice_t device, unsigned* width) {
  return answer(device, width, [](const model::Device& found) { return found.profile.pcie_width; });
}
nvmlReturn_t nvmlDeviceGetCurrPcieLinkWidth(nvmlDevice_t device, unsigned* width) {
  return nvmlDeviceGetMaxPcieLinkWidth(device, width);
}

}  // namespace vgpu::nvml::api
