#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

// What the kernel's files say about a process of a container. The process decides on most of it.
namespace vgpu::cli::doctor {

// The file's content, at most `limit` bytes of it. Fails with the reason, as a missing right.
Expected<std::string> read_at_most(const std::string& path, std::size_t limit);

// /proc/PID/environ: `NAME=VALUE` with a zero behind each. As getenv(3), the first of a name counts.
std::map<std::string, std::string> parse_environment(std::string_view text);

struct MountPoint {
  std::string source;  // the path in its file system
  std::string path;    // in the container
};
// /proc/PID/mountinfo: proc(5). What was mounted last comes last. Lines that are none are left out.
std::vector<MountPoint> parse_mounts(std::string_view text);

}  // namespace vgpu::cli::doctor
