#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "gpu/model/profile.h"
#include "hook/container_namespace.h"

// What a container sees of NVIDIA's driver in /proc and /sys: folders of the host's that are mounted over the
// container's, with what was there kept by links and mounts. A kernel's file systems have no place for new folders.
namespace vgpu::hook {

// Its folder below a container's state folder.
inline constexpr const char* kDriverViewName = "view";

// Writes the folders below `folder`, which is made. What this machine has no place for is left out.
Expected<void> write_driver_view(const std::string& folder, const std::vector<model::Device>& devices);

// Mounts them in the container's namespace, over what is procfs or sysfs below `root` there. This process ends up in
// that namespace.
Expected<void> mount_driver_view(const std::string& folder, const ContainerNamespace& space, const std::string& root);

}  // namespace vgpu::hook
