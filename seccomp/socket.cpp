#include "seccomp/socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace vgpu::seccomp {

Expected<FileDescriptor> listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failure("socket \"" + path + "\": path is too long");
  std::ranges::copy(path, address.sun_path);
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return system_failure("make socket", path, errno);
  ::unlink(path.c_str());
  const mode_t before = ::umask(0177);
  const int bound = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(before);
  if (bound != 0) return system_failure("bind socket", path, error);
  if (::listen(socket.get(), SOMAXCONN) != 0) return system_failure("listen on", path, errno);
  return socket;
}

Expected<FileDescriptor> passed_socket() {
  const char* process = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  if (process == nullptr || count == nullptr || std::atol(process) != ::getpid()) {
    return failure("no socket was passed by a system manager (LISTEN_FDS)");
  }
  if (std::string(count) != "1") return failure("LISTEN_FDS \"" + std::string(count) + "\": must be 1");
  constexpr int kFirst = 3;
  const int flags = ::fcntl(kFirst, F_GETFL);
  if (flags < 0 || ::fcntl(kFirst, F_SETFL, flags | O_NONBLOCK) != 0 || ::fcntl(kFirst, F_SETFD, FD_CLOEXEC) != 0) {
    return system_failure("use", "descriptor 3", errno);
  }
  return FileDescriptor(kFirst);
}

}  // namespace vgpu::seccomp
