#include "seccomp/socket.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace vgpu::seccomp {

Expected<FileDescriptor> passed_socket() {
  const char* process = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  if (process == nullptr || count == nullptr || std::atol(process) != ::getpid()) {
    return failure("no socket was passed by a system manager (LISTEN_FDS)");
  }
  if (std::string(count) != "1") return failure("LISTEN_FDS \"" + std::string(count) + "\": must be 1");
  return inherited_socket();
}

Expected<FileDescriptor> inherited_socket() {
  const int flags = ::fcntl(kInheritedSocket, F_GETFL);
  if (flags < 0 || ::fcntl(kInheritedSocket, F_SETFL, flags | O_NONBLOCK) != 0 ||
      ::fcntl(kInheritedSocket, F_SETFD, FD_CLOEXEC) != 0) {
    return system_failure("use", "descriptor " + std::to_string(kInheritedSocket), errno);
  }
  return FileDescriptor(kInheritedSocket);
}

}  // namespace vgpu::seccomp
