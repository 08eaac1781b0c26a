#include "gpu/model/device_nodes.h"

namespace vgpu::model {

std::vector<DeviceNode> device_nodes(unsigned devices) {
  std::vector<DeviceNode> nodes = {
      {"nvidiactl", kDriverMajor, kControlMinor}, {"nvidia-uvm", kUvmMajor, 0}, {"nvidia-uvm-tools", kUvmMajor, 1}};
  for (unsigned minor = 0; minor < devices; ++minor) {
    nodes.push_back({"nvidia" + std::to_string(minor), kDriverMajor, minor});
  }
  return nodes;
}

}  // namespace vgpu::model
