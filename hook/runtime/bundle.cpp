#include "hook/runtime/bundle.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <filesystem>

#include "hook/container_state.h"

namespace vgpu::runtime {
namespace {

namespace fs = std::filesystem;

Expected<void> write_all(int file, const std::string& text, const std::string& path) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(file, text.data() + at, text.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failure("write", path, errno);
    at += static_cast<std::size_t>(written);
  }
  return {};
}

Expected<void> write_new(int parent, const std::string& name, const std::string& text, const struct stat& model,
                         const std::string& path) {
  const FileDescriptor file(::openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return system_failure("make", path, errno);
  if (auto written = write_all(file.get(), text, path); !written) return written;
  // The mode first: it may be only the owner's to change.
  if (::fchmod(file.get(), model.st_mode & 07777) != 0) return system_failure("set mode of", path, errno);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return system_failure("look at", path, errno);
  if (status.st_uid == model.st_uid && status.st_gid == model.st_gid) return {};
  if (::fchown(file.get(), model.st_uid, model.st_gid) != 0) return system_failure("set owner of", path, errno);
  return {};
}

}  // namespace

Expected<std::optional<BundleConfig>> BundleConfig::open(const std::string& bundle, const std::string& config) {
  BundleConfig opened;
  std::error_code error;
  const fs::path folder = fs::absolute(bundle, error);
  if (error || folder.native().size() >= PATH_MAX) {
    return failure("bundle \"" + bundle.substr(0, 200) + "\": " + (error ? error.message() : "path too long"));
  }
  const fs::path path = folder / config;
  opened.folder_ = folder;
  opened.path_ = path;
  opened.name_ = path.filename();
  opened.parent_ = FileDescriptor(::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  FileDescriptor file;
  if (opened.parent_.valid()) {
    file = FileDescriptor(::openat(opened.parent_.get(), opened.name_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  }
  if (!file.valid() && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!file.valid()) return system_failure("open", opened.path_, errno);
  if (::fstat(file.get(), &opened.status_) != 0) return system_failure("look at", opened.path_, errno);
  auto text = hook::read_all(file.get(), opened.path_);
  if (!text) return std::unexpected(text.error());
  opened.text_ = *std::move(text);
  return opened;
}

Expected<void> BundleConfig::replace(const std::string& text) const {
  struct stat present{};
  if (::fstatat(parent_.get(), name_.c_str(), &present, AT_SYMLINK_NOFOLLOW) != 0) {
    return system_failure("look at", path_, errno);
  }
  if (!S_ISREG(present.st_mode) || present.st_dev != status_.st_dev || present.st_ino != status_.st_ino) {
    return failure("replace \"" + path_ + "\": is a link, or not a file, or was replaced meanwhile");
  }
  const std::string temporary = ".vgpu-" + std::to_string(::getpid()) + ".json";
  auto written = write_new(parent_.get(), temporary, text, status_, path_);
  if (written && ::renameat(parent_.get(), temporary.c_str(), parent_.get(), name_.c_str()) != 0) {
    written = system_failure("replace", path_, errno);
  }
  if (!written) ::unlinkat(parent_.get(), temporary.c_str(), 0);
  return written;
}

}  // namespace vgpu::runtime
