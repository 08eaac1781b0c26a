#include "shims/nvml/devices.h"

#include <atomic>
#include <cstring>

namespace vgpu::nvml {
namespace {

std::atomic<int> initializations = 0;

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

}  // namespace vgpu::nvml
