#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vgpu::host {

// A process, told from a later one with the same number.
struct ProcessIdentity {
  pid_t pid = 0;
  std::uint64_t start_time = 0;  // clock ticks since boot, field 22 of /proc/PID/stat
  bool operator==(const ProcessIdentity&) const = default;
};

// nullopt: there is no such process, or it is a zombie.
std::optional<ProcessIdentity> identify_process(pid_t pid);

// "PID START", and back.
std::string to_text(const ProcessIdentity& identity);
std::optional<ProcessIdentity> parse_process_identity(std::string_view text);

}  // namespace vgpu::host
