#pragma once

#include "deploy/device_plugin/settings.h"

namespace vgpu::device_plugin {

// Advertises the devices until SIGTERM or SIGINT, which the caller has blocked in all threads. Fails when the folder of
// kubelet's sockets is missing or disappears, and when no socket can be made in it.
Expected<void> run_plugin(const Settings& settings);

}  // namespace vgpu::device_plugin
