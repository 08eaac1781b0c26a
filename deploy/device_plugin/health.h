#pragma once

#include "deploy/device_plugin/settings.h"

namespace vgpu::device_plugin {

// Whether containers can be given devices now: the libraries that are mounted into them are there, and the node's
// supervisor listens. Fails with what is missing.
Expected<void> check_health(const Settings& settings);

}  // namespace vgpu::device_plugin
