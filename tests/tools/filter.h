#pragma once

#include "base/error.h"
#include "base/file_descriptor.h"

// The seccomp filter that vgpu merges into containers, by itself: for tests that need no container.
namespace vgpu::testing {

// Installs it for this thread and its children. `wait_killable`: signals that do not kill do not cut calls off.
Expected<FileDescriptor> install_filter(bool wait_killable);

// A connection to the supervisor at `socket`.
Expected<FileDescriptor> connect_to(const std::string& socket);

// Hands a listener to the supervisor over `connection` as a container runtime does.
Expected<void> hand_over(int listener, int connection, const std::string& id, const std::string& metadata);

}  // namespace vgpu::testing
