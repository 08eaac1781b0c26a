#pragma once

#include <cstdint>

#include "seccomp/rm/abi/vgpu.h"
#include "shims/kernel/device.h"

namespace vgpu::kernel {

// This process as one that computes on a device: while the object lives, the driver shows it among the device's
// processes, with the memory that it has charged.
class Activity {
 public:
  // Fails where the driver is not vgpu's, which does not know the class.
  static Expected<Activity> start(Device device);

  // Takes bytes, or gives them back; 0 asks. Status::Ok with what is held then; NoMemory: nothing has changed;
  // OperatingSystem: the driver was not reached.
  Status charge(std::int64_t change, rm::abi::ChargeParameters& answer);

  // Maps the page that says how busy the process is over the one at `address`. False when that fails.
  bool map_page(void* address);

  // As Client::abandon.
  void abandon() { device_.abandon(); }

 private:
  Activity(Device device, Handle object) : device_(std::move(device)), object_(object) {}

  Device device_;
  Handle object_;
};

}  // namespace vgpu::kernel
