#pragma once

#include <sys/capability.h>

#include <span>

#include "base/error.h"

namespace vgpu::hook {

// Prepares the process for hostile input: empty environment, umask 022, no core file, no descriptor but the standard
// ones, no new privileges by execve. Call first.
Expected<void> isolate_process();

// Keeps of this process' capabilities at most the named ones and gives up the rest for good.
Expected<void> keep_capabilities(std::span<const cap_value_t> kept);

}  // namespace vgpu::hook
