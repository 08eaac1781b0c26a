#pragma once

#include <sys/types.h>

#include <string>

#include "base/error.h"

namespace vgpu::cli::doctor {

// A container's process, as host::ProcessIdentity keeps it from becoming another one's.
struct FoundContainer {
  std::string name;  // as it is shown
  pid_t pid = 0;
};

// The process of a container by its ID or the beginning of one, below STATE_ROOT/containers; by a process ID (a number
// of at most seven digits: more no kernel gives); or by the name that Podman knows. Fails with what was looked for and
// where.
Expected<FoundContainer> find_container(const std::string& name, const std::string& state_root);

// `podman inspect`, without a shell. Fails when Podman is not installed, knows no such container, or it does not run.
Expected<pid_t> ask_podman(const std::string& name);

}  // namespace vgpu::cli::doctor
