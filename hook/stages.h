#pragma once

#include <string>
#include <vector>

#include "base/error.h"

// What vgpu-hook does at each stage of a container's life. Each reads what the engine writes to standard input.
namespace vgpu::hook {

// Podman's configuration filter: config.json in, config.json out. A request that cannot be met gives a configuration
// with a hook that fails the start and shows why, because Podman drops what a failing filter writes.
Expected<void> precreate();

// Mounts into the namespace of a container that is being created, by itself; for engines that only run hooks, and for
// CDI devices, whose hook is this one (oci/cdi_device.h). Where the container's seccomp profile has the node's
// supervisor as its listener, the container gets device nodes, too. Nothing to do where precreate has edited the
// configuration, or this has been here before: for another device of the same container.
Expected<void> prestart();

// Records the container's process, so that its state folder is known to be in use, and mounts what it sees of the
// driver in /proc and /sys.
Expected<void> create_runtime();

// Removes the container's state folder, and those of containers that died without it.
Expected<void> poststop();

// The hook of a refused container, whose reason precreate has logged: says it once more, where the runtime may show it,
// and removes what the refusal needed. The caller ends with a failure.
void refuse(const std::string& reason);

}  // namespace vgpu::hook
