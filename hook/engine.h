#pragma once

#include <string_view>

namespace vgpu::hook {

// True when signals that do not kill can be kept from cutting off calls that are notified of: the kernel must know
// SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (Linux 5.19), and the runtime must take flags. An engine does not say which
// runtime it will call; this is true only where its own command line names crun. runc takes no flag before 1.2, and not
// this one before 1.5, and fails the start.
bool can_wait_killable();

// What of it the kernel decides.
bool kernel_can_wait_killable();

// What of it an engine's command line, its arguments separated by 0, says.
bool names_crun(std::string_view command_line);

}  // namespace vgpu::hook
