#include "oci/rootfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace vgpu::oci {
namespace {

constexpr std::size_t kMostNames = 4096;

// Where the kernel says that an open file is; empty when it is no longer there.
std::string path_of(int descriptor) {
  std::array<char, PATH_MAX> target;
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
  if (length <= 0 || static_cast<std::size_t>(length) == target.size()) return {};
  return {target.data(), static_cast<std::size_t>(length)};
}

class HostRootfs : public Rootfs {
 public:
  HostRootfs(FileDescriptor root, std::string path) : root_(std::move(root)), path_(std::move(path)) {}

  [[nodiscard]] std::optional<std::string> resolve_file(const std::string& path) const override {
    return resolve(path, S_IFREG);
  }

  [[nodiscard]] std::optional<std::string> resolve_folder(const std::string& path) const override {
    return resolve(path, S_IFDIR);
  }

  [[nodiscard]] std::vector<std::string> list(const std::string& folder) const override {
    std::vector<std::string> names;
    FileDescriptor descriptor = open_in_root(root_.get(), folder, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (!descriptor.valid()) return names;
    DIR* stream = ::fdopendir(descriptor.get());
    if (stream == nullptr) return names;
    static_cast<void>(descriptor.release());
    while (const dirent* entry = ::readdir(stream)) {
      if (names.size() == kMostNames) break;
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    ::closedir(stream);
    std::ranges::sort(names);
    return names;
  }

 private:
  [[nodiscard]] std::optional<std::string> resolve(const std::string& path, mode_t type) const {
    const FileDescriptor descriptor = open_in_root(root_.get(), path, O_PATH);
    struct stat status{};
    if (!descriptor.valid() || ::fstat(descriptor.get(), &status) != 0 || (status.st_mode & S_IFMT) != type) {
      return std::nullopt;
    }
    std::string host_path = path_of(descriptor.get());
    if (path_ == "/") return host_path;
    if (host_path == path_) return "/";
    if (!host_path.starts_with(path_ + "/")) return std::nullopt;
    return host_path.substr(path_.size());
  }

  FileDescriptor root_;
  std::string path_;  // of root_, free of links
};

}  // namespace

FileDescriptor open_in_root(int root, const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  // The kernel asks for another try when something below the root is renamed meanwhile.
  for (int attempt = 0; attempt < 32; ++attempt) {
    const long descriptor = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
    if (descriptor >= 0) return FileDescriptor(static_cast<int>(descriptor));
    if (errno != EAGAIN && errno != EINTR) break;
  }
  return {};
}

Expected<std::unique_ptr<Rootfs>> open_rootfs(const std::string& host_folder) {
  FileDescriptor root(::open(host_folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return system_failure("open root file system", host_folder, errno);
  std::string path = path_of(root.get());
  if (path.empty()) return failure("root file system \"" + host_folder + "\": has no path");
  return std::make_unique<HostRootfs>(std::move(root), std::move(path));
}

}  // namespace vgpu::oci
