#include "hook/container_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>

#include "oci/rootfs.h"

namespace vgpu::hook {
namespace {

// Mount points in /proc/PID/mountinfo have white space and backslashes as \ and three octal digits.
std::string unescaped(const std::string& text) {
  std::string path;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 3 < text.size()) {
      path += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 + (text[at + 3] - '0'));
      at += 3;
    } else {
      path += text[at];
    }
  }
  return path;
}

struct MountTable {
  bool has_root = false;              // a mount at the path asked for
  std::vector<std::uint64_t> shared;  // IDs of the mounts that pass on what is mounted on them
};

// proc_pid_mountinfo(5): the propagation comes after the options, up to "-".
MountTable read_mounts(const std::string& process_folder, const std::string& path) {
  MountTable table;
  std::ifstream file(process_folder + "/mountinfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::uint64_t id = 0;
    std::string parent, device, root, mount_point, options;
    if (!(fields >> id >> parent >> device >> root >> mount_point >> options)) continue;
    table.has_root = table.has_root || unescaped(mount_point) == path;
    for (std::string field; fields >> field && field != "-";) {
      if (field.starts_with("shared:")) table.shared.push_back(id);
    }
  }
  return table;
}

bool same_file(const FileDescriptor& first, const FileDescriptor& second) {
  struct stat one{}, other{};
  return ::fstat(first.get(), &one) == 0 && ::fstat(second.get(), &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

Expected<void> make_parents(int root, const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (oci::open_in_root(root, folder, O_PATH | O_DIRECTORY).valid()) continue;
    if (errno != ENOENT) return system_failure("open folder", folder, errno);
    const std::size_t name = folder.rfind('/');
    const FileDescriptor parent =
        oci::open_in_root(root, name == 0 ? "/" : folder.substr(0, name), O_PATH | O_DIRECTORY);
    if (!parent.valid()) return system_failure("open folder", folder.substr(0, name), errno);
    if (::mkdirat(parent.get(), folder.c_str() + name + 1, 0755) != 0 && errno != EEXIST) {
      return system_failure("make folder", folder, errno);
    }
  }
  return {};
}

}  // namespace

Expected<ContainerNamespace> ContainerNamespace::open(pid_t pid, const std::string& root) {
  if (pid <= 1) return failure("container process " + std::to_string(pid) + ": the engine gave no process");
  const std::string folder = "/proc/" + std::to_string(pid);
  const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.valid()) return system_failure("open process", std::to_string(pid), errno);
  FileDescriptor container(::open((folder + "/ns/mnt").c_str(), O_RDONLY | O_CLOEXEC));
  if (!container.valid()) return system_failure("open", folder + "/ns/mnt", errno);
  FileDescriptor host(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  if (!host.valid()) return system_failure("open", "/proc/self/ns/mnt", errno);
  if (same_file(container, host))
    return failure("process " + std::to_string(pid) + ": is in the host's mount namespace");
  MountTable mounts = read_mounts(folder, root);
  if (!mounts.has_root) {
    return failure("process " + std::to_string(pid) + ": has no mount at \"" + root +
                   "\", so it is not the container's");
  }
  // Whatever was read above under this number was of this process only if it is alive still.
  if (::syscall(SYS_pidfd_send_signal, process.get(), 0, nullptr, 0) != 0) {
    return system_failure("find process", std::to_string(pid), errno);
  }
  return ContainerNamespace(std::move(container), std::move(host), std::move(mounts.shared));
}

Expected<void> ContainerNamespace::enter() const {
  if (::setns(container_.get(), CLONE_NEWNS) != 0) return system_failure("enter", "container's mount namespace", errno);
  return {};
}

Expected<void> ContainerNamespace::leave() const {
  if (::setns(host_.get(), CLONE_NEWNS) != 0) return system_failure("enter", "host's mount namespace", errno);
  return {};
}

bool ContainerNamespace::is_shared(const FileDescriptor& place) const {
  struct statx status{};
  if (::statx(place.get(), "", AT_EMPTY_PATH, STATX_MNT_ID, &status) != 0) return true;
  return (status.stx_mask & STATX_MNT_ID) == 0 ||
         std::ranges::find(shared_mounts_, status.stx_mnt_id) != shared_mounts_.end();
}

Expected<FileDescriptor> detached_mount(const std::string& source, std::uint64_t attributes) {
  FileDescriptor mount(::open_tree(AT_FDCWD, source.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!mount.valid()) return system_failure("clone mount", source, errno);
  mount_attr changes{};
  changes.attr_set = attributes;
  changes.propagation = MS_PRIVATE;
  if (::mount_setattr(mount.get(), "", AT_EMPTY_PATH, &changes, sizeof changes) != 0) {
    return system_failure("set mount attributes of", source, errno);
  }
  return mount;
}

Expected<Target> open_target(int root, const std::string& path, bool folder) {
  const int type = folder ? O_DIRECTORY : 0;
  Target target{oci::open_in_root(root, path, O_PATH | type)};
  if (target.descriptor.valid()) return target;
  if (errno != ENOENT) return system_failure("open", path, errno);
  if (const auto made = make_parents(root, folder ? path + "/" : path); !made) return std::unexpected(made.error());
  if (!folder) {
    const FileDescriptor made = oci::open_in_root(root, path, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY);
    if (!made.valid()) return system_failure("make", path, errno);
    target.made_file = true;
  }
  target.descriptor = oci::open_in_root(root, path, O_PATH | type);
  if (!target.descriptor.valid()) return system_failure("open", path, errno);
  return target;
}

Expected<void> attach_mount(const FileDescriptor& mount, const FileDescriptor& target, const std::string& name) {
  if (::move_mount(mount.get(), "", target.get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0) {
    return system_failure("mount", name, errno);
  }
  return {};
}

}  // namespace vgpu::hook
