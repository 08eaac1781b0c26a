#include <algorithm>
#include <cstring>
#include <string>

#include "shims/cuda/api.h"
#include "shims/cuda/driver.h"

namespace vgpu::cuda::api {
namespace {

constexpr CUdevice_attribute kLastAttribute = 148;

// Copies a text of any length with its end, as far as it fits.
CUresult copy_text(const std::string& text, char* to, int length) {
  if (to == nullptr || length <= 0) return CUDA_ERROR_INVALID_VALUE;
  const std::size_t size = std::min(text.size(), static_cast<std::size_t>(length) - 1);
  std::memcpy(to, text.data(), size);
  to[size] = 0;
  return CUDA_SUCCESS;
}

}  // namespace

CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  if (device == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (find_device(ordinal) == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  *device = ordinal;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int* count) {
  if (count == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *count = static_cast<int>(driver().devices.size());
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char* name, int length, CUdevice device) {
  const VisibleDevice* found = find_device(device);
  if (found == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  return copy_text(description(*found).profile.name, name, length);
}

CUresult cuDeviceGetUuid(CUuuid* uuid, CUdevice device) {
  const VisibleDevice* found = find_device(device);
  if (found == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  if (uuid == nullptr) return CUDA_ERROR_INVALID_VALUE;
  std::ranges::copy(description(*found).uuid, uuid->bytes);
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetUuid_v2(CUuuid* uuid, CUdevice device) {
  return cuDeviceGetUuid(uuid, device);
}

CUresult cuDeviceTotalMem_v2(std::size_t* size, CUdevice device) {
  const VisibleDevice* found = find_device(device);
  if (found == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  if (size == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *size = description(*found).profile.memory;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice ordinal) {
  if (value == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const VisibleDevice* found = find_device(ordinal);
  if (found == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  const model::Device& device = description(*found);
  const model::Profile& profile = device.profile;
  switch (attribute) {
#define ATTRIBUTE(number, expression)      \
  case number:                             \
    *value = static_cast<int>(expression); \
    return CUDA_SUCCESS;
#include "shims/cuda/device_attributes.def"
#undef ATTRIBUTE
    default:
      if (attribute <= 0 || attribute > kLastAttribute) return CUDA_ERROR_INVALID_VALUE;
      *value = 0;
      return CUDA_SUCCESS;
  }
}

CUresult cuDeviceGetProperties(CUdevprop* properties, CUdevice device) {
  const VisibleDevice* found = find_device(device);
  if (found == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  if (properties == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const model::Profile& profile = description(*found).profile;
  *properties = {.max_threads_per_block = static_cast<int>(profile.threads_per_block),
                 .max_threads_dimension = {1024, 1024, 64},
                 .max_grid_size = {2147483647, 65535, 65535},
                 .shared_memory_per_block = static_cast<int>(profile.shared_per_block),
                 .total_constant_memory = 65536,
                 .simd_width = 32,
                 .memory_pitch = 2147483647,
                 .registers_per_block = static_cast<int>(profile.registers_per_block),
                 .clock_rate = static_cast<int>(profile.core_clock_khz),
                 .texture_alignment = 512};
  return CUDA_SUCCESS;
}

CUresult cuDeviceComputeCapability(int* major, int* minor, CUdevice device) {
  const VisibleDevice* found = find_device(device);
  if (found == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  if (major == nullptr || minor == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *major = static_cast<int>(description(*found).profile.compute_major);
  *minor = static_cast<int>(description(*found).profile.compute_minor);
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetByPCIBusId(CUdevice* device, const char* pci_bus_id) {
  if (device == nullptr || pci_bus_id == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::string wanted = pci_bus_id;
  const auto& devices = driver().devices;
  for (std::size_t index = 0; index < devices.size(); ++index) {
    const std::string id = description(*devices[index]).pci_bus_id();
    // Accepted forms: domain:bus:device.function, without the function, without the domain.
    if (wanted == id || wanted == id.substr(0, id.size() - 2) || wanted == id.substr(id.find(':') + 1)) {
      *device = static_cast<CUdevice>(index);
      return CUDA_SUCCESS;
    }
  }
  return CUDA_ERROR_INVALID_DEVICE;
}

CUresult cuDeviceGetPCIBusId(char* pci_bus_id, int length, CUdevice device) {
  const VisibleDevice* found = find_device(device);
  if (found == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  return copy_text(description(*found).pci_bus_id(), pci_bus_id, length);
}

CUresult cuDeviceGetExecAffinitySupport(int* value, CUexecAffinityType, CUdevice device) {
  if (value == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (find_device(device) == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  *value = 0;
  return CUDA_SUCCESS;
}

CUresult cuDeviceCanAccessPeer(int* accessible, CUdevice device, CUdevice peer_device) {
  if (accessible == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (find_device(device) == nullptr || find_device(peer_device) == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  *accessible = device != peer_device ? 1 : 0;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetP2PAttribute(int* value, CUdevice_P2PAttribute attribute, CUdevice source, CUdevice destination) {
  constexpr CUdevice_P2PAttribute kPerformanceRank = 1, kLast = 5;
  if (value == nullptr || attribute < kPerformanceRank || attribute > kLast) return CUDA_ERROR_INVALID_VALUE;
  if (find_device(source) == nullptr || find_device(destination) == nullptr || source == destination) {
    return CUDA_ERROR_INVALID_DEVICE;
  }
  constexpr CUdevice_P2PAttribute kAccess = 2, kNativeAtomics = 3;
  *value = attribute == kAccess || attribute == kNativeAtomics ? 1 : 0;
  return CUDA_SUCCESS;
}

}  // namespace vgpu::cuda::api
