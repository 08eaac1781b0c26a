#include "hook/memory_folder.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>

namespace vgpu::hook {

Expected<MemoryFolder> MemoryFolder::make() {
  const FileDescriptor context(::fsopen("tmpfs", FSOPEN_CLOEXEC));
  if (!context.valid()) return system_failure("open file system", "tmpfs", errno);
  for (const auto& [key, value] : {std::pair("mode", "0755"), std::pair("size", "4m")}) {
    if (::fsconfig(context.get(), FSCONFIG_SET_STRING, key, value, 0) != 0) {
      return system_failure("set option of tmpfs", key, errno);
    }
  }
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return system_failure("make file system", "tmpfs", errno);
  }
  FileDescriptor mount(
      ::fsmount(context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
  if (!mount.valid()) return system_failure("mount file system", "tmpfs", errno);
  return MemoryFolder(std::move(mount));
}

Expected<void> MemoryFolder::add_folder(const std::string& path) {
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end == 0 ? 0 : end + 1);
    const std::string folder = path.substr(0, end);
    if (::mkdirat(mount_.get(), folder.c_str(), 0755) != 0 && errno != EEXIST) {
      return system_failure("make folder", folder, errno);
    }
  }
  return {};
}

Expected<void> MemoryFolder::add_file(const std::string& path, const std::string& content) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  FileDescriptor file(::openat(mount_.get(), path.c_str(), kFlags, 0444));
  if (!file.valid() && errno == ENOENT) {
    if (auto made = add_folder(path.substr(0, path.rfind('/'))); !made) return made;
    file = FileDescriptor(::openat(mount_.get(), path.c_str(), kFlags, 0444));
  }
  if (!file.valid()) return system_failure("make", path, errno);
  const ssize_t written = ::write(file.get(), content.data(), content.size());
  if (written < 0) return system_failure("write", path, errno);
  if (static_cast<std::size_t>(written) != content.size()) return system_failure("write", path, ENOSPC);
  return {};
}

Expected<void> MemoryFolder::add_link(const std::string& name, const std::string& target) {
  if (::symlinkat(target.c_str(), mount_.get(), name.c_str()) != 0) return system_failure("make link", name, errno);
  return {};
}

bool MemoryFolder::has(const std::string& name) const {
  struct stat status{};
  return ::fstatat(mount_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

Expected<void> MemoryFolder::seal() {
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  attributes.propagation = MS_PRIVATE;
  if (::mount_setattr(mount_.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) != 0) {
    return system_failure("set mount attributes of", "tmpfs", errno);
  }
  return {};
}

}  // namespace vgpu::hook
