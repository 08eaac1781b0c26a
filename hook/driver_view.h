#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "gpu/model/profile.h"
#include "hook/container_namespace.h"

namespace vgpu::hook {

// Shows a container NVIDIA's driver in /proc and /sys: mounts folders in memory over those of the kernel that have no
// place for new ones, with what was there kept by links and mounts. `root` is the host path of the container's root
// file system. Left alone is what is not procfs or sysfs below it, or shares its mounts with the host. One folder's
// failure does not keep the others from being shown; the first one is given. This process ends up in the container's
// mount namespace.
Expected<void> show_driver(const std::vector<model::Device>& devices, const ContainerNamespace& space,
                           const std::string& root);

}  // namespace vgpu::hook
