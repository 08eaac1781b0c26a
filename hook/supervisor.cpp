#include "hook/supervisor.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "host/listening_socket.h"
#include "host/state_root.h"

namespace vgpu::hook {
namespace {

constexpr int kInheritedSocket = 3;

bool accepts_connections(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::ranges::copy(path, address.sun_path);
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return socket.valid() && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Expected<void> start_supervisor(const std::string& program, const std::string& state_folder) {
  const auto socket = host::listen_at(state_folder + host::kContainerSocket);
  if (!socket) return std::unexpected(socket.error());
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  for (const int number : {STDOUT_FILENO, STDERR_FILENO}) {
    ::posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_WRONLY, 0);
  }
  // Also clears close-on-exec where it is that number already.
  ::posix_spawn_file_actions_adddup2(&actions, socket->get(), kInheritedSocket);
  std::array<const char*, 7> arguments = {"vgpu-supervisor", "container", "--state", state_folder.c_str(),
                                          "--socket",        "3",         nullptr};
  std::array<char*, 1> environment = {nullptr};
  pid_t process = 0;
  const int error = ::posix_spawn(&process, program.c_str(), &actions, nullptr,
                                  const_cast<char* const*>(arguments.data()), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return system_failure("start", program, error);
  return {};
}

oci::Listener supervisor_of(const std::string& state_folder) {
  return {state_folder + host::kContainerSocket, state_folder};
}

std::optional<oci::Listener> node_supervisor(const std::string& state_root, const std::string& state_folder) {
  const std::string path = state_root + host::kNodeSocket;
  if (!accepts_connections(path)) return std::nullopt;
  return oci::Listener{path, state_folder, false};
}

}  // namespace vgpu::hook
