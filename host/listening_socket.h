#pragma once

#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vgpu::host {

// A listening stream socket at a path, for this user alone. What was at the path is removed. Fails with the reason.
Expected<FileDescriptor> listen_at(const std::string& path);

}  // namespace vgpu::host
