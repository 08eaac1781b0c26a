#pragma once

#include <string>
#include <string_view>

#include "base/file_descriptor.h"

// Log files of programs that run with host privilege.
namespace vgpu::host {

// `vgpu: MESSAGE` and a newline, with control characters made harmless.
std::string log_line(std::string_view message);

// Opens /var/log/vgpu/NAME, or NAME in the state root where that cannot be written, to append to it. Invalid when
// neither can be.
FileDescriptor open_log_file(const std::string& name);

// Writes a line of log_line, with the time before it. Never fails.
void write_to_log(const FileDescriptor& log, const std::string& line);

}  // namespace vgpu::host
