#include "hook/child_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "base/file_descriptor.h"

namespace vgpu::hook {

Expected<void> in_child_process(const std::function<Expected<void>()>& work) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_failure("make", "pipe", errno);
  const FileDescriptor read_end(ends[0]);
  FileDescriptor write_end(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return system_failure("start", "child process", errno);
  if (child == 0) {
    const Expected<void> result = work();
    if (result) ::_exit(0);
    const std::string& message = result.error().message;
    [[maybe_unused]] const ssize_t written = ::write(write_end.get(), message.data(), message.size());
    ::_exit(1);
  }
  write_end = FileDescriptor();
  std::string message;
  std::array<char, 4096> buffer;
  for (ssize_t length = 0; (length = ::read(read_end.get(), buffer.data(), buffer.size())) > 0;) {
    message.append(buffer.data(), static_cast<std::size_t>(length));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return failure(message.empty() ? "child process ended with status " + std::to_string(status) : message);
}

}  // namespace vgpu::hook
