#pragma once

#include <string>

#include "base/file_descriptor.h"

namespace vgpu::host {

// Where what is kept for containers while they live is: /run/vgpu; for a rootless engine, whose hooks are root in a
// user namespace only, /run/user/UID/vgpu.
std::string state_root();

// Held while folders below a state root are made or removed, so that two programs at a time do not undo each other's
// work. Released when the descriptor is closed.
FileDescriptor lock_state(const std::string& root);

}  // namespace vgpu::host
