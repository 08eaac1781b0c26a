#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>

#include "base/file_descriptor.h"
#include "cli/doctor/find_container.h"

namespace vgpu::cli::doctor {
namespace {

constexpr std::size_t kLongestAnswer = 4096;
constexpr std::chrono::seconds kPatience{20};

// What comes until the other end is closed; nullopt when patience ends before.
std::optional<std::string> read_answer(int descriptor) {
  std::string answer;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (answer.size() < kLongestAnswer) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd waited{descriptor, POLLIN, 0};
    const int ready = left.count() <= 0 ? 0 : ::poll(&waited, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return std::nullopt;
    std::array<char, 512> buffer;
    const ssize_t length = ::read(descriptor, buffer.data(), buffer.size());
    if (length <= 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(length));
  }
  return answer;
}

}  // namespace

Expected<pid_t> ask_podman(const std::string& name) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_failure("make", "a pipe", errno);
  const FileDescriptor output(ends[0]);
  FileDescriptor input(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  // The name comes after `--`, so that it is never an option.
  std::array<const char*, 9> arguments{"podman", "container",  "inspect", "--format", "{{.State.Pid}}",
                                       "--",     name.c_str(), nullptr,   nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, "podman", &actions, nullptr, const_cast<char**>(arguments.data()), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed == ENOENT) return failure("podman is not installed to ask for a name");
  if (failed != 0) return failure("podman: " + std::string(std::strerror(failed)));
  input = FileDescriptor();
  const auto answer = read_answer(output.get());
  if (!answer) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!answer) return failure("podman does not answer");
  pid_t pid = 0;
  const auto parsed = std::from_chars(answer->data(), answer->data() + answer->size(), pid);
  if (parsed.ec != std::errc()) return failure("podman knows no container of that name");
  if (pid <= 0) return failure("podman says that the container does not run");
  return pid;
}

}  // namespace vgpu::cli::doctor
