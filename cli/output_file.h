#pragma once

#include <string>

namespace vgpu::cli {

// Writes text to a file, which has either all of it or what it had before; to standard output when the path is empty.
// Throws CommandFailed.
void write_output(const std::string& path, const std::string& text);

}  // namespace vgpu::cli
