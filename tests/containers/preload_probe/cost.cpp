#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/containers/preload_probe/programs.h"

namespace vgpu::preload_probe {
namespace {

// Microseconds from the start of a program to its end; negative when it fails. By a raw system call, which nothing
// preloaded in this process changes the environment of.
double run(char* program, char* const* environment) {
  char* const arguments[] = {program, nullptr};
  const auto begin = std::chrono::steady_clock::now();
  const pid_t pid = ::vfork();
  if (pid == 0) {
    ::syscall(SYS_execve, program, arguments, environment);
    ::_exit(127);
  }
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid || status != 0) return -1;
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

int cost(char** arguments) {
  const int count = std::atoi(arguments[0]);
  const char* const preload = std::getenv("LD_PRELOAD");
  if (count <= 0 || preload == nullptr) {
    std::fprintf(stderr, "cost: nothing to measure\n");
    return 1;
  }
  std::string entry = std::string("LD_PRELOAD=") + preload;
  char* const with[] = {entry.data(), nullptr};
  char* const without[] = {nullptr};
  std::vector<double> times_with, times_without;
  // Taking turns, so that a machine which gets slower does so for both.
  for (int index = 0; index < count; ++index) {
    times_without.push_back(run(arguments[1], without));
    times_with.push_back(run(arguments[1], with));
    if (times_with.back() < 0 || times_without.back() < 0) {
      std::fprintf(stderr, "cost: %s fails\n", arguments[1]);
      return 1;
    }
  }
  const double plain = median(times_without), preloaded = median(times_with);
  std::printf("plain: %.0f us\npreloaded: %.0f us\ncost: %.0f us\n", plain, preloaded, preloaded - plain);
  return 0;
}

}  // namespace vgpu::preload_probe
