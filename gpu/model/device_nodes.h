#pragma once

#include <string>
#include <vector>

// The device nodes of NVIDIA's driver.
namespace vgpu::model {

inline constexpr unsigned kDriverMajor = 195;  // Documentation/admin-guide/devices.txt of Linux
inline constexpr unsigned kControlMinor = 255;
inline constexpr unsigned kUvmMajor = 510;  // given to the driver when it is loaded; this is what it often is

struct DeviceNode {
  std::string name;  // below /dev
  unsigned major = 0, minor = 0;
};

// Those of a container with so many devices.
std::vector<DeviceNode> device_nodes(unsigned devices);

}  // namespace vgpu::model
