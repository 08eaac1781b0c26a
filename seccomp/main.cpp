#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <span>
#include <string_view>

#include "host/listening_socket.h"
#include "host/privileges.h"
#include "host/state_root.h"
#include "seccomp/guardian.h"
#include "seccomp/log.h"
#include "seccomp/socket.h"

namespace vgpu::seccomp {
namespace {

// Reading and writing the memory of processes of all users (for channels by /proc/PID/mem), looking at their
// descriptors, and at paths in folders that are closed to others.
constexpr std::array kKept = {CAP_SYS_PTRACE, CAP_DAC_OVERRIDE};

constexpr const char* kUsage =
    "usage: vgpu-supervisor container --state FOLDER [--socket 3] | vgpu-supervisor node [--listen SOCKET]";
constexpr const char* kInherited = "3";
static_assert(kInheritedSocket == 3);

// Leaves whoever started this, and the terminal and pipes that it may be waiting on. False in the process that is left.
Expected<bool> leave() {
  const pid_t child = ::fork();
  if (child < 0) return system_failure("start", "process", errno);
  if (child > 0) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return failure("start process: it ended at once");
    return false;
  }
  ::setsid();
  const pid_t grandchild = ::fork();
  if (grandchild != 0) ::_exit(grandchild < 0 ? 1 : 0);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (null >= 0) ::dup2(null, number);
  }
  if (null > STDERR_FILENO) ::close(null);
  return true;
}

Expected<void> restrict_process() {
  if (::chdir("/") != 0) return system_failure("change to folder", "/", errno);
  if (auto kept = host::keep_capabilities(kKept); !kept) return kept;
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return system_failure("clear", "dumpable", errno);
  // A descriptor for each file that a container has open, and for each piece of memory that it maps.
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    descriptors.rlim_cur = descriptors.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &descriptors);
  }
  return {};
}

Expected<int> serve_at(const FileDescriptor& socket, const std::string& folder) {
  if (auto restricted = restrict_process(); !restricted) return std::unexpected(restricted.error());
  WorkerOptions options;
  options.socket = socket.get();
  options.state_folder = folder;
  // The socket goes with its folder: by now its path may be that of another, if the container was started again.
  return guard_workers(options);
}

// Listens itself, and goes on in the background.
Expected<int> serve_container(const std::string& folder) {
  if (auto isolated = host::isolate_process(); !isolated) return std::unexpected(isolated.error());
  if (!folder.starts_with('/')) return failure("state folder \"" + folder + "\": not an absolute path");
  auto socket = host::listen_at(folder + host::kContainerSocket);
  if (!socket) return std::unexpected(socket.error());
  const auto left = leave();
  if (!left) return std::unexpected(left.error());
  // The socket is there, and whoever connects is heard as soon as the other process has come to it.
  if (!*left) return 0;
  return serve_at(*socket, folder);
}

// The hook listens, and does not wait for this process to come to it.
Expected<int> serve_container_of_hook(const std::string& folder) {
  if (auto isolated = host::isolate_process(kInheritedSocket + 1); !isolated) return std::unexpected(isolated.error());
  if (!folder.starts_with('/')) return failure("state folder \"" + folder + "\": not an absolute path");
  const auto socket = inherited_socket();
  if (!socket) return std::unexpected(socket.error());
  ::setsid();
  return serve_at(*socket, folder);
}

Expected<int> serve_node() {
  auto socket = passed_socket();
  if (!socket) return std::unexpected(socket.error());
  if (auto isolated = host::isolate_process(static_cast<unsigned>(socket->get()) + 1); !isolated) {
    return std::unexpected(isolated.error());
  }
  if (auto restricted = restrict_process(); !restricted) return std::unexpected(restricted.error());
  WorkerOptions options;
  options.socket = socket->get();
  return guard_workers(options);
}

// Where no system manager passes a socket: in a pod.
Expected<int> serve_node_at(const std::string& path) {
  if (auto isolated = host::isolate_process(); !isolated) return std::unexpected(isolated.error());
  if (!path.starts_with('/')) return failure("socket \"" + path + "\": not an absolute path");
  const auto socket = host::listen_at(path);
  if (!socket) return std::unexpected(socket.error());
  return serve_at(*socket, "");
}

Expected<int> run(std::span<char*> arguments) {
  const std::string_view command = arguments.size() > 1 ? arguments[1] : "";
  const bool has_state = arguments.size() > 3 && std::string_view(arguments[2]) == "--state";
  const bool has_socket = arguments.size() == 6 && std::string_view(arguments[4]) == "--socket" &&
                          std::string_view(arguments[5]) == kInherited;
  if (command == "container" && has_state && arguments.size() == 4) return serve_container(arguments[3]);
  if (command == "container" && has_state && has_socket) return serve_container_of_hook(arguments[3]);
  if (command == "node" && arguments.size() == 2) return serve_node();
  if (command == "node" && arguments.size() == 4 && std::string_view(arguments[2]) == "--listen") {
    return serve_node_at(arguments[3]);
  }
  return failure(kUsage);
}

}  // namespace
}  // namespace vgpu::seccomp

int main(int argc, char** argv) {
  try {
    const auto result = vgpu::seccomp::run({argv, static_cast<std::size_t>(argc)});
    if (result) return *result;
    std::fprintf(stderr, "vgpu-supervisor: %s\n", result.error().message.c_str());
    vgpu::seccomp::log_of_container("", result.error().message);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vgpu-supervisor: %s\n", error.what());
  }
  return 1;
}
