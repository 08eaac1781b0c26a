#pragma once

#include <optional>
#include <string>

#include "base/error.h"

namespace vgpu::runtime {

inline constexpr const char* kConfigurationFile = "/etc/vgpu/runtime.json";

// The path in the machine's configuration, {"runtime": "/usr/bin/runc"}; nullopt where there is no such file. Fails
// when others than its owner can write it, and when it says anything else.
Expected<std::optional<std::string>> configured_runtime(const std::string& file);

}  // namespace vgpu::runtime
