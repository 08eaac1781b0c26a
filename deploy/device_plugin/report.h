#pragma once

#include <string_view>

namespace vgpu::device_plugin {

// One line for the plugin's log, on standard error.
void report(std::string_view message);

}  // namespace vgpu::device_plugin
