#include <chrono>
#include <thread>

#include "shims/preload/syscall/driver/process_driver.h"

namespace vgpu::preload {
namespace {

// As the supervisor looks at channels (seccomp/container.cpp).
constexpr std::chrono::microseconds kBusyPause{20}, kIdlePause{1000};
constexpr int kTurnsUntilIdle = 500;

}  // namespace

void ProcessDriver::start_channels() {
  if (channels_run_ || !driver_.has_channels()) return;
  channels_run_ = true;
  // It is made with signals put off and keeps them so: the program's handlers do not run in it.
  std::thread([this] { run_channels(); }).detach();
}

void ProcessDriver::run_channels() {
  for (int idle_turns = 0;;) {
    {
      const std::lock_guard lock(mutex_);
      close_abandoned();
      if (!driver_.has_channels()) {
        channels_run_ = false;
        return;
      }
      idle_turns = driver_.run_channels() ? 0 : idle_turns + 1;
      driver_.close_dropped();
    }
    std::this_thread::sleep_for(idle_turns < kTurnsUntilIdle ? kBusyPause : kIdlePause);
  }
}

}  // namespace vgpu::preload
