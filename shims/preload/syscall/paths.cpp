#include "shims/preload/syscall/paths.h"

#include <cerrno>

namespace vgpu::preload {
namespace {

// Where `path` goes on behind `begin`; nullptr when it does not begin so. It reads no further than it must: most paths
// differ in the second character.
const char* rest_of(const char* path, const char* begin) {
  while (*begin != '\0' && *path == *begin) {
    ++path;
    ++begin;
  }
  return *begin == '\0' ? path : nullptr;
}

bool is_same(const char* path, const char* other) {
  const char* rest = rest_of(path, other);
  return rest != nullptr && (*rest == '\0' || (*rest == '/' && rest[1] == '\0'));
}

bool is_at_or_below(const char* path, const char* folder) {
  const char* rest = rest_of(path, folder);
  return rest != nullptr && (*rest == '\0' || *rest == '/');
}

}  // namespace

bool is_missing(long error) {
  return error == ENOENT || error == ENXIO || error == ENODEV || error == EACCES || error == EPERM || error == ENOSYS ||
         error == ENOTDIR;
}

bool may_be_ours(const char* path) {
  return rest_of(path, "/dev/nvidia") != nullptr || is_at_or_below(path, "/proc/driver") || may_be_covered(path) ||
         is_at_or_below(path, "/sys/bus/pci/devices") || is_at_or_below(path, "/sys/module/nvidia");
}

bool may_be_covered(const char* path) {
  return is_same(path, "/proc/devices") || rest_of(path, "/sys/bus/pci/devices/0") != nullptr;
}

bool may_list_ours(const char* folder) {
  return is_same(folder, "/dev") || is_same(folder, "/sys/module") || may_be_ours(folder);
}

}  // namespace vgpu::preload
