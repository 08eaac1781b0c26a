#pragma once

#include <string>

#include "base/error.h"

namespace vgpu::hook {

// The folder with device nodes for a container of so many devices: nodes of its own in its state folder where this
// process may make some, or those that the administrator's installation has made for everybody, in /run/vgpu/dev. Empty
// when there are neither.
std::string device_node_folder(const std::string& state_folder, unsigned devices);

}  // namespace vgpu::hook
