#pragma once

#include <string>

// The supervisor's log: supervisor.log in /var/log/vgpu or the state root.
namespace vgpu::seccomp {

// Writes a line about a container, or about the supervisor itself where the name is empty. Never fails.
void log_of_container(const std::string& container, const std::string& line);

}  // namespace vgpu::seccomp
