#pragma once

#include <string>

namespace vgpu::preload {

// A file of the kernel's, which this library does not answer for; empty when it cannot be read.
std::string read_text(const char* path);

}  // namespace vgpu::preload
