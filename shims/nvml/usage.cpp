// What is in use on a device: as the kernel driver says or, without one, as libcuda in this process does.
#include <dlfcn.h>
#include <unistd.h>

#include <deque>
#include <mutex>

#include "base/log.h"
#include "shims/nvml/devices.h"

namespace vgpu::nvml {
namespace {

// The driver's device, connected to at the first question and for good; nullptr where there is none.
const kernel::Device* driver_of(const model::Device& device) {
  struct Entry {
    std::once_flag once;
    std::optional<kernel::Device> device;
  };
  static auto* const entries = new std::deque<Entry>(model::devices().size());
  const auto ordinal = static_cast<std::size_t>(&device - model::devices().data());
  Entry& entry = (*entries)[ordinal];
  std::call_once(entry.once, [&] {
    auto connected = kernel::Device::connect(kernel::system_calls(), device, static_cast<unsigned>(ordinal));
    if (connected) {
      entry.device = std::move(*connected);
    } else {
      log(LogLevel::Debug, "no kernel driver: " + connected.error().message);
    }
  });
  return entry.device ? &*entry.device : nullptr;
}

template <class Function>
Function* find_function(void* library, const char* name) {
  return reinterpret_cast<Function*>(::dlsym(library, name));
}

std::optional<std::uint64_t> used_by_this_process(const model::Device& device) {
  void* const libcuda = ::dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
  if (libcuda == nullptr) return std::nullopt;
  const auto get_device = find_function<int(int*)>(libcuda, "cuCtxGetDevice");
  const auto get_uuid = find_function<int(void*, int)>(libcuda, "cuDeviceGetUuid");
  const auto get_info = find_function<int(std::size_t*, std::size_t*)>(libcuda, "cuMemGetInfo_v2");
  std::optional<std::uint64_t> used;
  int ordinal = 0;
  decltype(device.uuid) uuid{};
  std::size_t free = 0;
  std::size_t total = 0;
  if (get_device != nullptr && get_uuid != nullptr && get_info != nullptr && get_device(&ordinal) == 0 &&
      get_uuid(uuid.data(), ordinal) == 0 && uuid == device.uuid && get_info(&free, &total) == 0) {
    used = total - free;
  }
  ::dlclose(libcuda);
  return used;
}

}  // namespace

std::optional<std::uint64_t> used_memory(const model::Device& device) {
  const kernel::Device* driver = driver_of(device);
  const auto memory = driver != nullptr ? driver->memory() : std::nullopt;
  return memory ? memory->total - memory->free : used_by_this_process(device);
}

std::vector<kernel::DeviceProcess> processes_of(const model::Device& device) {
  const kernel::Device* driver = driver_of(device);
  if (auto processes = driver != nullptr ? driver->processes() : std::nullopt) return std::move(*processes);
  const auto used = used_by_this_process(device);
  if (!used) return {};
  return {{::getpid(), *used}};
}

unsigned utilisation_of(const model::Device& device) {
  const kernel::Device* driver = driver_of(device);
  return driver != nullptr ? driver->utilisation().value_or(0) : 0;
}

model::Readings readings_of(const model::Device& device) {
  return model::readings_at(device.profile, utilisation_of(device));
}

}  // namespace vgpu::nvml
