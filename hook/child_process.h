#pragma once

#include <functional>

#include "base/error.h"

namespace vgpu::hook {

// Does the work in a child process, so that this one never leaves the host's namespaces, and passes on why it failed.
Expected<void> in_child_process(const std::function<Expected<void>()>& work);

}  // namespace vgpu::hook
