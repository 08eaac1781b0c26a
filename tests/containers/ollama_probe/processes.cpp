// Discovery's processes from the outside: how long they take, and what is left when they are killed.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "generations.h"

namespace probe {
namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::microseconds;

pid_t start_another(char** arguments) {
  const pid_t process = ::fork();
  if (process == 0) {
    ::execvp(arguments[0], arguments);
    ::_exit(127);
  }
  return process;
}

Microseconds since(Clock::time_point begin) {
  return std::chrono::duration_cast<Microseconds>(Clock::now() - begin);
}

}  // namespace

int time_processes(int count, char** arguments) {
  std::vector<Microseconds> times;
  for (int index = 0; index < count; ++index) {
    const auto begin = Clock::now();
    const pid_t process = start_another(arguments);
    int status = 0;
    if (process < 0 || ::waitpid(process, &status, 0) != process || status != 0) return 1;
    times.push_back(since(begin));
  }
  std::ranges::sort(times);
  std::printf("%lld\n", static_cast<long long>(times[times.size() / 2].count()));
  return 0;
}

int kill_processes(int count, char** arguments) {
  int status = 0;
  Microseconds whole = Microseconds::max();
  for (int attempt = 0; attempt < 5; ++attempt) {
    const auto begin = Clock::now();
    const pid_t process = start_another(arguments);
    if (process < 0 || ::waitpid(process, &status, 0) != process || status != 0) return 1;
    whole = std::min(whole, since(begin));
  }
  std::mt19937 random(12345);
  std::uniform_int_distribution<long long> moment(0, whole.count());
  int killed = 0;
  for (int index = 0; index < count; ++index) {
    const pid_t process = start_another(arguments);
    if (process < 0) return 1;
    ::usleep(static_cast<useconds_t>(moment(random)));
    ::kill(process, SIGKILL);
    if (::waitpid(process, &status, 0) != process) return 1;
    killed += WIFSIGNALED(status) ? 1 : 0;
  }
  std::printf("%d\n", killed);
  return 0;
}

}  // namespace probe
