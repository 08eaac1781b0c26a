#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "seccomp/rm/driver.h"

// Who uses a device: processes that hold its memory, have a channel on it, or compute on it by vgpu's own libraries.
namespace vgpu::rm {

struct DeviceProcess {
  pid_t process = 0;            // as this process sees it
  pid_t container_process = 0;  // as its container does
  std::uint64_t memory = 0;     // bytes
};

// The processes of a device, in the order of their numbers.
std::vector<DeviceProcess> processes_of(const Driver& driver, std::size_t device);

}  // namespace vgpu::rm
