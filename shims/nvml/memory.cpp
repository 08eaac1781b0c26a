// Memory and the processes that use it.
#include <algorithm>

#include "gpu/model/readings.h"
#include "shims/nvml/api.h"
#include "shims/nvml/devices.h"

namespace vgpu::nvml::api {
namespace {

constexpr unsigned kNoInstance = 0xffffffff;

// A caller's list of at most *count entries: asked with too few, it gets the number and kInsufficientSize.
template <class Info>
nvmlReturn_t list_processes(nvmlDevice_t handle, unsigned* count, Info* infos) {
  const model::Device* device = find_device(handle);
  if (device == nullptr || count == nullptr || (*count != 0 && infos == nullptr)) return kInvalidArgument;
  const auto processes = processes_of(*device);
  const unsigned room = *count;
  *count = static_cast<unsigned>(processes.size());
  if (room < processes.size()) return kInsufficientSize;
  for (const kernel::DeviceProcess& process : processes) {
    Info info{};
    info.pid = static_cast<unsigned>(process.process);
    info.usedGpuMemory = process.memory;
    if constexpr (requires { info.gpuInstanceId; }) info.gpuInstanceId = info.computeInstanceId = kNoInstance;
    *infos++ = info;
  }
  return kSuccess;
}

nvmlReturn_t list_no_process(nvmlDevice_t device, unsigned* count) {
  return answer(device, count, [](const model::Device&) { return 0; });
}

}  // namespace

nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t* memory) {
  return answer(device, memory, [](const model::Device& found) {
    const std::uint64_t used = std::min(used_memory(found).value_or(0), found.profile.memory);
    return nvmlMemory_t{found.profile.memory, found.profile.memory - used, used};
  });
}

nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t* memory) {
  if (memory == nullptr) return kInvalidArgument;
  if (memory->version != struct_version<nvmlMemory_v2_t>(2)) return kArgumentVersionMismatch;
  nvmlMemory_t plain{};
  const nvmlReturn_t status = nvmlDeviceGetMemoryInfo(device, &plain);
  if (status == kSuccess) *memory = {memory->version, plain.total, 0, plain.free, plain.used};
  return status;
}

nvmlReturn_t nvmlDeviceGetBAR1MemoryInfo(nvmlDevice_t device, nvmlBAR1Memory_t* memory) {
  return answer(device, memory, [](const model::Device&) {
    constexpr unsigned long long kSize = static_cast<unsigned long long>(model::kBar1Size) << 20;
    return nvmlBAR1Memory_t{kSize, kSize, 0};
  });
}

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses(nvmlDevice_t device, unsigned* count, nvmlProcessInfo_v1_t* infos) {
  return list_processes(device, count, infos);
}
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v2(nvmlDevice_t device, unsigned* count, nvmlProcessInfo_t* infos) {
  return list_processes(device, count, infos);
}
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned* count, nvmlProcessInfo_t* infos) {
  return list_processes(device, count, infos);
}
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses(nvmlDevice_t device, unsigned* count, nvmlProcessInfo_v1_t*) {
  return list_no_process(device, count);
}
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v2(nvmlDevice_t device, unsigned* count, nvmlProcessInfo_t*) {
  return list_no_process(device, count);
}
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v3(nvmlDevice_t device, unsigned* count, nvmlProcessInfo_t*) {
  return list_no_process(device, count);
}

}  // namespace vgpu::nvml::api
