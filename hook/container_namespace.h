#pragma once

#include <sys/mount.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_descriptor.h"

// Entering a container's mount namespace and mounting there, never through the host's.
namespace vgpu::hook {

class ContainerNamespace {
 public:
  // The mount namespace of a container's process. Fails unless the process lives, is in another mount namespace than
  // this one, and has a mount at `root`, the host path of the container's root file system: a number alone could be
  // of any process.
  static Expected<ContainerNamespace> open(pid_t pid, const std::string& root);

  // Moves this process, which must have one thread, into the container's namespace or back.
  Expected<void> enter() const;
  Expected<void> leave() const;

  // True when what is mounted at this place of the container would show up outside of it too: in a volume that shares
  // its mounts, as "rshared" asks for. It is as the container was when this was opened.
  [[nodiscard]] bool is_shared(const FileDescriptor& place) const;

 private:
  ContainerNamespace(FileDescriptor container, FileDescriptor host, std::vector<std::uint64_t> shared_mounts)
      : container_(std::move(container)), host_(std::move(host)), shared_mounts_(std::move(shared_mounts)) {}
  FileDescriptor container_, host_;
  std::vector<std::uint64_t> shared_mounts_;  // IDs
};

// Attributes of mounts: of what containers only read, and of a device node.
inline constexpr std::uint64_t kReadOnlyMount = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
inline constexpr std::uint64_t kNodeMount = 0;

// A copy of the mount of a file or folder, attached nowhere, with these attributes beside what it has.
Expected<FileDescriptor> detached_mount(const std::string& source, std::uint64_t attributes);

// A mount's target.
struct Target {
  FileDescriptor descriptor;
  bool made_file = false;  // an empty file, which stays when the mount is gone
};

// Opens, inside a root and never outside of it, a mount's target; makes it and the folders above it when missing.
Expected<Target> open_target(int root, const std::string& path, bool folder);

// Attaches a detached mount to an open target of the present namespace. `name` is for the message.
Expected<void> attach_mount(const FileDescriptor& mount, const FileDescriptor& target, const std::string& name);

}  // namespace vgpu::hook
