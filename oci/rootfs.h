#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_descriptor.h"

// Reading a container's root file system, which is hostile input: every path is resolved inside it, links included,
// and no link leads out of it.
namespace vgpu::oci {

class Rootfs {
 public:
  virtual ~Rootfs() = default;

  // The path, in the container and free of links, of the regular file or folder that `path` leads to; nullopt when
  // there is none.
  [[nodiscard]] virtual std::optional<std::string> resolve_file(const std::string& path) const = 0;
  [[nodiscard]] virtual std::optional<std::string> resolve_folder(const std::string& path) const = 0;

  // Names in a folder, sorted; none when it is not there. At most a few thousand: a folder may be made to be endless.
  [[nodiscard]] virtual std::vector<std::string> list(const std::string& folder) const = 0;
};

// The root file system below a folder of the host. Fails when the folder cannot be opened.
Expected<std::unique_ptr<Rootfs>> open_rootfs(const std::string& host_folder);

// Opens `path` inside the root that `root` is, never outside it: openat2(2) with RESOLVE_IN_ROOT and no magic links.
// Invalid with errno set when that fails.
FileDescriptor open_in_root(int root, const std::string& path, int flags);

}  // namespace vgpu::oci
