#pragma once

#include <string_view>

namespace vgpu::hook {

// Says why a container does not start: one line `vgpu: MESSAGE` to standard error and, with the time, to
// /var/log/vgpu/hook.log, or to hook.log in the state folder where that cannot be written. Engines drop a hook's
// standard error in many cases, so the file is the place that always has the reason. Never fails.
void report(std::string_view message);

// Says it on standard error alone, for a reason that is in the log already.
void report_again(std::string_view message);

}  // namespace vgpu::hook
