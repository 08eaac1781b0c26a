#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "gpu/model/profile.h"

// The folder on the host that the hook has made for a container (hook/state_folder.h).
namespace vgpu::seccomp {

// The devices in FOLDER/etc/device.json. Fails when it cannot be read, or the folder is somebody else's.
Expected<std::vector<model::Device>> read_devices(const std::string& folder);

// The folder of container `id` below `root`, when the metadata names it; fails otherwise. A profile that was not made
// for one container names the folder of all: then empty for a container that has none, and so no device.
Expected<std::string> folder_of(const std::string& metadata, const std::string& root, const std::string& id);

// Records the process whose life is the container's in FOLDER/pid.
void record_process(const std::string& folder, int process);

// Removes the folder of a container that is gone, unless it is a later container's by now, or has the mount points that
// the hook of the container's end is to remove first.
void remove_folder(const std::string& folder, const std::string& root);

}  // namespace vgpu::seccomp
