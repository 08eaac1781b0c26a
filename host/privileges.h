#pragma once

#include <sys/capability.h>

#include <span>

#include "base/error.h"

namespace vgpu::host {

// Prepares the process for hostile input: empty environment, umask 022, no core file, no descriptor from `first_closed`
// on, no new privileges by execve. Call first.
Expected<void> isolate_process(unsigned first_closed = 3);

// Keeps of this process' capabilities at most the named ones and gives up the rest for good.
Expected<void> keep_capabilities(std::span<const cap_value_t> kept);

}  // namespace vgpu::host
