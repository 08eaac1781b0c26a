#include "gpu/exec/busy_clock.h"

#include "gpu/exec/futex.h"

namespace vgpu::exec {

void BusyClock::begin() {
  const std::lock_guard lock(mutex_);
  if (running_++ == 0) time_.since.store(monotonic_nanoseconds(), std::memory_order_relaxed);
}

void BusyClock::end() {
  const std::lock_guard lock(mutex_);
  if (--running_ != 0) return;
  const std::uint64_t since = time_.since.exchange(0, std::memory_order_relaxed);
  const std::uint64_t total = time_.total.load(std::memory_order_relaxed);
  time_.total.store(total + (monotonic_nanoseconds() - since), std::memory_order_relaxed);
}

}  // namespace vgpu::exec
