#pragma once

#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vgpu::seccomp {

// A listening stream socket at a path, for this user alone. What was at the path is removed. Fails with the reason.
Expected<FileDescriptor> listen_at(const std::string& path);

// The socket that a system manager has opened for this process (sd_listen_fds(3)). Fails when there is not just one.
Expected<FileDescriptor> passed_socket();

}  // namespace vgpu::seccomp
