#include "shims/nvml/devices.h"

#include <dlfcn.h>

#include <atomic>
#include <cstring>

namespace vgpu::nvml {
namespace {

std::atomic<int> initializations = 0;

template <class Function>
Function* find_function(void* library, const char* name) {
  return reinterpret_cast<Function*>(::dlsym(library, name));
}

}  // namespace

void initialize() {
  ++initializations;
}

bool shut_down() {
  int count = initializations.load();
  while (count > 0) {
    if (initializations.compare_exchange_weak(count, count - 1)) return true;
  }
  return false;
}

bool initialized() {
  return initializations.load() > 0;
}

const model::Device* find_device(nvmlDevice_t handle) {
  for (const model::Device& device : model::devices()) {
    if (handle_of(device) == handle) return &device;
  }
  return nullptr;
}

nvmlDevice_t handle_of(const model::Device& device) {
  return reinterpret_cast<nvmlDevice_t>(const_cast<model::Device*>(&device));
}

nvmlReturn_t copy_text(std::string_view text, char* buffer, unsigned length) {
  if (buffer == nullptr) return kInvalidArgument;
  if (length <= text.size()) return kInsufficientSize;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  return kSuccess;
}

std::optional<std::uint64_t> used_memory(const model::Device& device) {
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

unsigned utilisation_of(const model::Device&) {
  return 0;
}

model::Readings readings_of(const model::Device& device) {
  return model::readings_at(device.profile, utilisation_of(device));
}

}  // namespace vgpu::nvml
