#include "seccomp/guardian.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

#include "seccomp/log.h"

namespace vgpu::seccomp {
namespace {

// A worker that lives less than this is started again more and more slowly.
constexpr std::time_t kShortLife = 1;
constexpr long kFirstPause = 1'000'000, kLongestPause = 200'000'000;  // nanoseconds
constexpr int kMostShortLives = 1000;

sigset_t handled_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT}) sigaddset(&signals, number);
  return signals;
}

// Waits for the worker's end, and passes on the wish to end it.
int wait_for(pid_t worker) {
  const sigset_t signals = handled_signals();
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(worker, &status, WNOHANG);
    if (ended == worker) return status;
    if (ended < 0 && errno != EINTR) return 0;
    int number = 0;
    if (::sigwait(&signals, &number) == 0 && number != SIGCHLD) ::kill(worker, SIGTERM);
  }
}

}  // namespace

int guard_workers(const WorkerOptions& options) {
  void* memory = ::mmap(nullptr, sizeof(Table), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  auto& table = *static_cast<Table*>(memory);
  const sigset_t signals = handled_signals();
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  long pause = kFirstPause;
  for (int short_lives = 0; short_lives < kMostShortLives;) {
    const std::time_t began = std::time(nullptr);
    // Like fork(2), but with one descriptor table for both: what the worker opens stays open when it dies.
    const auto worker = static_cast<pid_t>(::syscall(SYS_clone, CLONE_FILES | SIGCHLD, nullptr, nullptr, nullptr, 0));
    if (worker == 0) ::_exit(run_worker(table, options));
    if (worker > 0) {
      const int status = wait_for(worker);
      if (WIFEXITED(status)) return WEXITSTATUS(status);
      log_of_container("", "worker ended by signal " + std::to_string(WTERMSIG(status)) + "; another goes on");
    }
    if (std::time(nullptr) - began > kShortLife) {
      pause = kFirstPause;
      short_lives = 0;
      continue;
    }
    ++short_lives;
    const timespec time{0, pause};
    ::nanosleep(&time, nullptr);
    pause = pause * 2 < kLongestPause ? pause * 2 : kLongestPause;
  }
  log_of_container("", "workers die as soon as they are started: given up");
  return 1;
}

}  // namespace vgpu::seccomp
