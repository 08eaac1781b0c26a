#include "hook/supervisor.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "host/state_root.h"

namespace vgpu::hook {
namespace {

bool accepts_connections(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::ranges::copy(path, address.sun_path);
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return socket.valid() && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Expected<StartedSupervisor> StartedSupervisor::start(const std::string& program, const std::string& state_folder) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_failure("make", "pipe", errno);
  FileDescriptor read_end(ends[0]);
  const FileDescriptor write_end(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDERR_FILENO);
  std::array<const char*, 5> arguments = {"vgpu-supervisor", "container", "--state", state_folder.c_str(), nullptr};
  std::array<char*, 1> environment = {nullptr};
  pid_t process = 0;
  const int error = ::posix_spawn(&process, program.c_str(), &actions, nullptr,
                                  const_cast<char* const*>(arguments.data()), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return system_failure("start", program, error);
  return StartedSupervisor(process, std::move(read_end));
}

Expected<void> StartedSupervisor::wait() {
  std::string message;
  std::array<char, 1024> buffer;
  // Both processes that it leaves behind close their end.
  for (ssize_t length = 0; (length = ::read(errors_.get(), buffer.data(), buffer.size())) > 0;) {
    message.append(buffer.data(), static_cast<std::size_t>(length));
  }
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  while (message.ends_with('\n')) message.pop_back();
  return failure(message.empty() ? "vgpu-supervisor: ended with status " + std::to_string(status) : message);
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
