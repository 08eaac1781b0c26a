#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "gpu/model/profile.h"
#include "shims/kernel/client.h"

namespace vgpu::kernel {

struct DeviceMemory {
  std::uint64_t total, free;  // bytes
};

struct DeviceProcess {
  pid_t process;         // as this process' container numbers it
  std::uint64_t memory;  // bytes
};

// One device of the driver, by a client of its own.
class Device {
 public:
  // `ordinal` is the device's in model::devices().
  static Expected<Device> connect(SystemCalls& calls, const model::Device& model, unsigned ordinal);

  [[nodiscard]] Client& client() { return client_; }
  [[nodiscard]] Handle device() const { return device_; }
  [[nodiscard]] Handle subdevice() const { return subdevice_; }
  // Opens the device's node once more and ties it to the client.
  [[nodiscard]] Expected<FileDescriptor> open_node() const;

  // What the driver knows of the device, all processes together; nothing where it does not answer.
  [[nodiscard]] std::optional<DeviceMemory> memory() const;
  [[nodiscard]] std::optional<std::vector<DeviceProcess>> processes() const;
  [[nodiscard]] std::optional<unsigned> utilisation() const;  // percent

  // As Client::abandon.
  void abandon();

 private:
  [[nodiscard]] std::optional<std::uint32_t> find_compute_class() const;
  Device(Client client, unsigned minor) : client_(std::move(client)), minor_(minor) {}

  Client client_;
  unsigned minor_;
  FileDescriptor node_;
  Handle device_ = 0, subdevice_ = 0;
};

}  // namespace vgpu::kernel
