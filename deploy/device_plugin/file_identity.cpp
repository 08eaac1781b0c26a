#include "deploy/device_plugin/file_identity.h"

#include <sys/stat.h>

namespace vgpu::device_plugin {

std::optional<FileIdentity> socket_at(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return std::nullopt;
  return FileIdentity{status.st_dev, status.st_ino, status.st_ctim.tv_sec, status.st_ctim.tv_nsec};
}

}  // namespace vgpu::device_plugin
