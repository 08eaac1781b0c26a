#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "gpu/model/profile.h"

// The folder on the host that the hook has made for a container (hook/state_folder.h).
namespace vgpu::seccomp {

// The devices in FOLDER/etc/device.json. Fails when it cannot be read, or the folder is somebody else's.
Expected<std::vector<model::Device>> read_devices(const std::string& folder);

// `metadata` when it is the folder of container `id` below `root`; fails otherwise.
Expected<std::string> folder_of(const std::string& metadata, const std::string& root, const std::string& id);

// Records the process whose life is the container's in FOLDER/pid.
void record_process(const std::string& folder, int process);

// Removes the folder of a container that is gone, unless it is a later container's by now.
void remove_folder(const std::string& folder, const std::string& root);

}  // namespace vgpu::seccomp
