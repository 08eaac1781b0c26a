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

// Removes the recorded files that are empty still. False when there are some that cannot be removed; an engine may have
// taken the image away already, which is as good.
bool remove_mount_points(const StateFolders& states, const std::string& id);

// Removes what containers have left behind whose end nobody has seen, and their mount points first: the hook of such a
// container's end may be still to come, and would not find what to remove.
void sweep(StateFolders& states);

}  // namespace vgpu::hook
