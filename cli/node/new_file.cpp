#include "cli/node/new_file.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <functional>

namespace vgpu::node {
namespace {

// `make` makes the file at the path that it is given; 0, or -1 and errno.
Expected<void> replace(const std::string& path, const std::function<int(const char*)>& make) {
  const std::string fresh = path + ".vgpu-new";
  ::unlink(fresh.c_str());
  if (make(fresh.c_str()) != 0) {
    const int error = errno;
    ::unlink(fresh.c_str());
    return system_failure("write", path, error);
  }
  // Two names of one file are left as they are by rename.
  if (std::rename(fresh.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(fresh.c_str());
    return system_failure("write", path, error);
  }
  ::unlink(fresh.c_str());
  return {};
}

FileDescriptor create(const char* path, unsigned mode) {
  FileDescriptor file(::open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.valid()) ::fchmod(file.get(), mode);
  return file;
}

int write_all(int file, const std::string& content) {
  for (std::size_t at = 0; at < content.size();) {
    const ssize_t length = ::write(file, content.data() + at, content.size() - at);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return -1;
    at += static_cast<std::size_t>(length);
  }
  return ::fsync(file);
}

int copy_all(int file, int source) {
  constexpr std::size_t kPiece = std::size_t{1} << 30;
  for (;;) {
    const ssize_t length = ::sendfile(file, source, nullptr, kPiece);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return -1;
    if (length == 0) return 0;
  }
}

}  // namespace

Expected<void> write_new_file(const std::string& path, const std::string& content, unsigned mode) {
  return replace(path, [&](const char* fresh) {
    const FileDescriptor file = create(fresh, mode);
    return file.valid() ? write_all(file.get(), content) : -1;
  });
}

Expected<void> copy_new_file(const std::string& path, const FileDescriptor& source, unsigned mode) {
  return replace(path, [&](const char* fresh) {
    const FileDescriptor file = create(fresh, mode);
    return file.valid() ? copy_all(file.get(), source.get()) : -1;
  });
}

Expected<void> link_new_file(const std::string& path, const std::string& other) {
  return replace(path, [&](const char* fresh) { return ::link(other.c_str(), fresh); });
}

Expected<void> symlink_new_file(const std::string& path, const std::string& target) {
  return replace(path, [&](const char* fresh) { return ::symlink(target.c_str(), fresh); });
}

}  // namespace vgpu::node
