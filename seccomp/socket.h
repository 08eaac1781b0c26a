#pragma once

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vgpu::seccomp {

// The socket that a system manager has opened for this process (sd_listen_fds(3)). Fails when there is not just one.
Expected<FileDescriptor> passed_socket();

// The listening socket that whoever started this process has left open.
inline constexpr int kInheritedSocket = 3;
Expected<FileDescriptor> inherited_socket();

}  // namespace vgpu::seccomp
