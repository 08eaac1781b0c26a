#pragma once

#include <string>

#include "base/file_descriptor.h"

namespace vgpu::host {

// Where supervisors listen for runtimes that hand listeners over: a container's own in its folder, and the node's in
// the state root. The first is short, because Linux takes paths of sockets up to 107 bytes and a user's state root with
// an ID of 64 digits leaves few.
inline constexpr const char* kContainerSocket = "/sock";
inline constexpr const char* kNodeSocket = "/seccomp.sock";

// Where containers' folders are, below the state root. A seccomp profile that is not made for one container has the
// path of this folder as its listener's metadata, and a container's own the path of its folder.
inline constexpr const char* kContainersFolder = "/containers";

// In a container's folder: the empty files that were made in its image (hook/mount_points.h).
inline constexpr const char* kMountPointsFile = "mount_points.json";

// The user that this program runs for, as the host knows them. A rootless engine's programs, which are root in a user
// namespace only, run for the engine's user.
unsigned long state_user();

// Where what is kept for containers while they live is: /run/vgpu; for a user's programs, /run/user/UID/vgpu. Those of
// a rootless engine, which are root in a user namespace only, are the user's.
std::string state_root();

// Held while folders below a state root are made or removed, so that two programs at a time do not undo each other's
// work. Released when the descriptor is closed.
FileDescriptor lock_state(const std::string& root);

}  // namespace vgpu::host
