#pragma once

#include <string>
#include <vector>

#include "hook/state_folder.h"

// The empty files that were made in an image as mount points. A program would take one for a library when the container
// is started again without its device, so they are removed when it stops.
namespace vgpu::hook {

struct MountPoints {
  std::string root;                // the image's folder on the host
  std::vector<std::string> files;  // in the container
};

// Keeps them in the container's state folder.
Expected<void> record_mount_points(StateFolders& states, const std::string& id, const MountPoints& mount_points);

// Removes the recorded files that are empty still. Never fails: an engine may have taken the image away already.
void remove_mount_points(const StateFolders& states, const std::string& id);

}  // namespace vgpu::hook
