#include "tests/tools/filter.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

namespace vgpu::testing {
namespace {

constexpr std::uint32_t low_word(unsigned argument) {
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + 8 * argument);
}
constexpr std::uint32_t kOpenMask = O_ACCMODE | O_CREAT | O_DIRECTORY;

}  // namespace

Expected<FileDescriptor> install_filter(bool wait_killable) {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 15),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ioctl, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low_word(1)),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff00),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'F' << 8, 9, 0),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf000),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 7, 8),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_openat, 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low_word(2)),
      BPF_JUMP(BPF_JMP | BPF_JA, 2, 0, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_open, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low_word(1)),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kOpenMask),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, O_RDWR, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{static_cast<unsigned short>(std::size(filter)), filter};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return system_failure("set", "no_new_privs", errno);
  const unsigned long flags =
      SECCOMP_FILTER_FLAG_NEW_LISTENER | (wait_killable ? SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV : 0);
  FileDescriptor listener(static_cast<int>(::syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program)));
  if (!listener.valid()) return system_failure("install", "seccomp filter", errno);
  return listener;
}

Expected<FileDescriptor> connect_to(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path) return failure("socket \"" + socket + "\": path is too long");
  std::ranges::copy(socket, address.sun_path);
  FileDescriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connection.valid() ||
      ::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return system_failure("connect to", socket, errno);
  }
  return connection;
}

Expected<void> hand_over(int listener, int connection, const std::string& id, const std::string& metadata) {
  std::string state = R"({"ociVersion":"1.0.2","fds":["seccompFd"],"pid":)" + std::to_string(::getpid()) +
                      R"(,"metadata":")" + metadata + R"(","state":{"ociVersion":"1.0.2","id":")" + id +
                      R"(","status":"creating","pid":)" + std::to_string(::getpid()) + R"(,"bundle":"/"}})";
  iovec piece{state.data(), state.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &listener, sizeof listener);
  if (::sendmsg(connection, &message, 0) < 0) return system_failure("hand over", "listener", errno);
  return {};
}

}  // namespace vgpu::testing
