#pragma once

#include <string>

#include "base/error.h"

namespace vgpu::host {

// Removes the folder NAME in an open folder with all that is in it, however deep, following no link. Meant for what a
// hostile process has made and may still be writing to. `path` is for messages. Fails when something cannot be removed.
Expected<void> remove_folder(int parent, const std::string& name, const std::string& path);

}  // namespace vgpu::host
