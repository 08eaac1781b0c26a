#include "gpu/exec/thread.h"

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/log.h"

namespace vgpu::exec {
namespace {

std::atomic<bool> lost{false};

void* thread_main(void* argument) {
  const std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()>*>(argument));
  (*body)();
  return nullptr;
}

// Signals that a thread causes itself stay open, or the process would be killed instead of its handlers called.
sigset_t signals_to_block() {
  sigset_t set;
  ::sigfillset(&set);
  for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) ::sigdelset(&set, own);
  return set;
}

}  // namespace

bool start_thread(const char* name, std::function<void()> body) {
  static std::once_flag fork_handler;
  std::call_once(fork_handler, [] { ::pthread_atfork(nullptr, nullptr, [] { lost = true; }); });

  auto argument = std::make_unique<std::function<void()>>(std::move(body));
  const sigset_t blocked = signals_to_block();
  sigset_t present;
  ::pthread_sigmask(SIG_SETMASK, &blocked, &present);
  pthread_t thread{};
  const int error = ::pthread_create(&thread, nullptr, thread_main, argument.get());
  ::pthread_sigmask(SIG_SETMASK, &present, nullptr);
  if (error != 0) {
    log(LogLevel::Error, std::string("start thread \"") + name + "\": " + std::strerror(error));
    return false;
  }
  static_cast<void>(argument.release());
  ::pthread_setname_np(thread, name);
  ::pthread_detach(thread);
  return true;
}

bool threads_lost_by_fork() {
  return lost.load(std::memory_order_relaxed);
}

}  // namespace vgpu::exec
