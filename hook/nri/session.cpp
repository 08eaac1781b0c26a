#include "hook/nri/session.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace vgpu::nri {
namespace {

constexpr const char* kSocket = "the engine's socket";
// An engine that takes no answer for so long is taken for dead.
constexpr timeval kSendTimeout = {10, 0};

Expected<void> send_all(const FileDescriptor& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t length = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return system_failure("write to", kSocket, errno);
    bytes.remove_prefix(static_cast<std::size_t>(length));
  }
  return {};
}

// Empty at the stream's end.
Expected<std::string> receive(const FileDescriptor& socket) {
  std::array<char, 65536> bytes;
  for (;;) {
    const ssize_t length = ::recv(socket.get(), bytes.data(), bytes.size(), 0);
    if (length >= 0) return std::string(bytes.data(), static_cast<std::size_t>(length));
    if (errno != EINTR) return system_failure("read from", kSocket, errno);
  }
}

}  // namespace

Expected<FileDescriptor> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return system_failure("connect to", path, ENAMETOOLONG);
  std::ranges::copy(path, address.sun_path);
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return system_failure("make a socket for", path, errno);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return system_failure("connect to", path, errno);
  }
  return socket;
}

Expected<void> serve(const FileDescriptor& socket, Plugin& plugin, const std::string& name, const std::string& index) {
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kSendTimeout, sizeof kSendTimeout) != 0) {
    return system_failure("set an option of", kSocket, errno);
  }
  if (auto sent = send_all(socket, encode(Plugin::registration(name, index))); !sent) return sent;
  FrameReader reader;
  while (!plugin.is_shut_down()) {
    const auto bytes = receive(socket);
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->empty()) return failure("the engine has closed the connection");
    if (auto added = reader.add(*bytes); !added) return added;
    for (;;) {
      const auto message = reader.next();
      if (!message) return std::unexpected(message.error());
      if (!*message) break;
      const auto answer = plugin.answer(**message);
      if (!answer) return std::unexpected(answer.error());
      if (!*answer) continue;
      if (auto sent = send_all(socket, encode(**answer)); !sent) return sent;
    }
  }
  return {};
}

}  // namespace vgpu::nri
