#pragma once

#include <compare>
#include <optional>
#include <string>

namespace vgpu::device_plugin {

// Tells a file from another that has taken its path. The change time is part of it: numbers are used again at once.
struct FileIdentity {
  unsigned long device = 0, number = 0;
  long seconds = 0, nanoseconds = 0;  // of the last change of its status
  auto operator<=>(const FileIdentity&) const = default;
};

// That of the socket at a path; nullopt when there is none.
std::optional<FileIdentity> socket_at(const std::string& path);

}  // namespace vgpu::device_plugin
