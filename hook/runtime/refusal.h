#pragma once

#include <string>

namespace vgpu::runtime {

// Says why a container does not start, where the engine looks for a runtime's reason: one line at the end of the file
// of --log, in the format of --log-format (`json` or `text`, those of runc's logger), else on standard error. The
// line's message is `vgpu: MESSAGE`. Never fails.
void tell_refusal(const std::string& message, const std::string& log, const std::string& format);

// The line; `time` is its time by RFC 3339.
std::string refusal_line(const std::string& message, const std::string& format, const std::string& time);

}  // namespace vgpu::runtime
