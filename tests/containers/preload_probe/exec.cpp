#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "tests/containers/preload_probe/programs.h"

namespace vgpu::preload_probe {
namespace {

char kept[] = "KEPT=1";
char* cleaned[] = {kept, nullptr};

const char* base_name(const char* path) {
  const char* slash = std::strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

int wait_for(int error, pid_t pid) {
  int status = 0;
  if (error != 0) {
    std::fprintf(stderr, "posix_spawn: %s\n", std::strerror(error));
    return 1;
  }
  return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

// With the folder of the program as PATH, for the functions that look for it there.
void set_path(const char* program, std::string_view function) {
  if (function.find('p') == std::string_view::npos || base_name(program) == program) return;
  static char path[4096] = "PATH=/missing:/etc/hostname:";
  std::strncat(path, program, static_cast<std::size_t>(base_name(program) - program - 1));
  static char* entries[] = {kept, path, nullptr};
  environ = entries;
}

}  // namespace

int exec(char** arguments) {
  const std::string_view function = arguments[0];
  char* const program = arguments[1];
  char** const list = arguments + 1;
  const char* const name = base_name(program);
  pid_t pid = 0;
  // These take the environment of the process.
  if (function == "execv" || function == "execl") environ = cleaned;
  set_path(program, function);
  if (function == "execve") ::execve(program, list, cleaned);
  if (function == "execv") ::execv(program, list);
  if (function == "execvp") ::execvp(name, list);
  if (function == "execvpe") ::execvpe(name, list, cleaned);
  if (function == "execl") ::execl(program, program, list[1], list[1] == nullptr ? nullptr : list[2], nullptr);
  if (function == "execlp") ::execlp(name, program, list[1], list[1] == nullptr ? nullptr : list[2], nullptr);
  if (function == "execle") ::execle(program, program, list[1], nullptr, cleaned);
  if (function == "execveat") ::execveat(AT_FDCWD, program, list, cleaned, 0);
  if (function == "fexecve") ::fexecve(::open(program, O_RDONLY), list, cleaned);
  if (function == "posix_spawn") {
    const int error = ::posix_spawn(&pid, program, nullptr, nullptr, list, cleaned);
    return wait_for(error, pid);
  }
  if (function == "posix_spawnp") {
    const int error = ::posix_spawnp(&pid, name, nullptr, nullptr, list, cleaned);
    return wait_for(error, pid);
  }
  if (function == "vfork") {
    pid = ::vfork();
    if (pid == 0) {
      ::execve(program, list, cleaned);
      ::_exit(127);
    }
    return wait_for(pid < 0 ? errno : 0, pid);
  }
  if (function == "raw") ::syscall(SYS_execve, program, list, cleaned);
  std::fprintf(stderr, "%s: %s\n", arguments[0], std::strerror(errno));
  return 127;
}

}  // namespace vgpu::preload_probe
