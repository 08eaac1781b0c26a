#include "host/closed_folder.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <sstream>

namespace vgpu::host {
namespace {

constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

// `forbidden`: permissions that others may not have.
Expected<void> check_closed(const FileDescriptor& folder, const std::string& path, mode_t forbidden) {
  struct stat status{};
  if (::fstat(folder.get(), &status) != 0) return system_failure("look at", path, errno);
  if (status.st_uid != ::geteuid()) return failure("folder \"" + path + "\": belongs to another user");
  if ((status.st_mode & forbidden) != 0) return failure("folder \"" + path + "\": is open to other users");
  return {};
}

Expected<FileDescriptor> descend(const std::string& base, const std::string& path, bool make) {
  FileDescriptor folder(::open(base.c_str(), kFolder));
  if (!folder.valid() && errno == ENOENT && !make) return folder;
  if (!folder.valid()) return system_failure("open folder", base, errno);
  if (auto checked = check_closed(folder, base, 022); !checked) return std::unexpected(checked.error());
  std::string reached = base;
  std::istringstream names(path);
  for (std::string name; std::getline(names, name, '/');) {
    reached += "/" + name;
    if (make && ::mkdirat(folder.get(), name.c_str(), 0700) != 0 && errno != EEXIST) {
      return system_failure("make folder", reached, errno);
    }
    FileDescriptor next(::openat(folder.get(), name.c_str(), kFolder | O_NOFOLLOW));
    if (!next.valid() && errno == ENOENT && !make) return next;
    if (!next.valid()) return system_failure("open folder", reached, errno);
    if (auto checked = check_closed(next, reached, 077); !checked) return std::unexpected(checked.error());
    folder = std::move(next);
  }
  return folder;
}

}  // namespace

Expected<FileDescriptor> make_closed_folder(const std::string& base, const std::string& path) {
  return descend(base, path, true);
}

Expected<FileDescriptor> open_closed_folder(const std::string& base, const std::string& path) {
  return descend(base, path, false);
}

}  // namespace vgpu::host
