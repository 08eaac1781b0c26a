#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "seccomp/rm/driver.h"

// What a container's devices hold and do, for those who look from the host.
namespace vgpu::rm {

struct ProcessUse {
  pid_t process = 0;            // as this process sees it
  pid_t container_process = 0;  // as its container does
  std::uint64_t memory = 0;     // bytes
  unsigned utilisation = 0;     // percent
};

struct DeviceUse {
  std::uint64_t memory = 0;  // bytes that are charged
  unsigned utilisation = 0;  // percent of about the last second
  std::uint64_t busy = 0;    // nanoseconds, see Activity::busy_time
  std::vector<ProcessUse> processes;
};

// In the order of the devices.
std::vector<DeviceUse> use_of(const Driver& driver);

}  // namespace vgpu::rm
