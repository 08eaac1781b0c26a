#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "gpu/model/readings.h"
#include "shims/kernel/device.h"
#include "shims/nvml/abi.h"

namespace vgpu::nvml {

// nvmlInit's and nvmlShutdown's count.
void initialize();
bool shut_down();  // false: it was not initialized
[[nodiscard]] bool initialized();

// A handle points to one of model::devices(); nullptr for anything else.
const model::Device* find_device(nvmlDevice_t handle);
nvmlDevice_t handle_of(const model::Device& device);

// Copies text and its NUL to a caller's buffer: InvalidArgument without one, InsufficientSize for a short one.
nvmlReturn_t copy_text(std::string_view text, char* buffer, unsigned length);

// Writes read(device) to *result, after the checks that all such functions have.
template <class Result, class Read>
nvmlReturn_t answer(nvmlDevice_t handle, Result* result, Read read) {
  const model::Device* device = find_device(handle);
  if (device == nullptr || result == nullptr) return kInvalidArgument;
  *result = static_cast<Result>(read(*device));
  return kSuccess;
}

// Bytes in use on a device, by all processes of the container where the kernel driver answers. Without one, what
// libcuda in this process knows; nullopt where it is not loaded or the calling thread has no context on the device.
std::optional<std::uint64_t> used_memory(const model::Device& device);

// The processes that compute on it; without a driver at most this one.
std::vector<kernel::DeviceProcess> processes_of(const model::Device& device);

// Percent of the time in which a kernel ran; 0 without a driver.
unsigned utilisation_of(const model::Device& device);
// What the device's sensors say at that.
model::Readings readings_of(const model::Device& device);

}  // namespace vgpu::nvml
