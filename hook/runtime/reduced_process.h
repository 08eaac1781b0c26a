#pragma once

#include <sys/capability.h>

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/error.h"

namespace vgpu::runtime {

using Result = Expected<std::optional<std::string>>;

// Does the work in a process of its own, prepared for hostile input (host::isolate_process) and with these of this
// process' capabilities at most, so that this process keeps environment, descriptors and capabilities for the real
// runtime. Passes on what it gives, or why it failed; a process that ended without either is a failure.
Result in_reduced_process(std::span<const cap_value_t> capabilities, const std::function<Result()>& work);

}  // namespace vgpu::runtime
