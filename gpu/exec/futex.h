#pragma once

#include <atomic>
#include <cstdint>

namespace vgpu::exec {

// Sleeps while `word` holds `expected`; may return early.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected);
// Wakes up to `count` threads that sleep on `word`. The word need not exist any more.
void futex_wake(std::atomic<std::uint32_t>& word, std::uint32_t count);

// Nanoseconds of CLOCK_MONOTONIC.
std::uint64_t monotonic_nanoseconds();

// One step of a spin loop.
inline void spin_pause() {
  __builtin_ia32_pause();
}

// Calls `done` in a spin loop for at most `nanoseconds`. Returns its last answer.
template <class Done>
bool spin_until(std::uint64_t nanoseconds, Done&& done) {
  if (done()) return true;
  const std::uint64_t end = monotonic_nanoseconds() + nanoseconds;
  do {
    for (int i = 0; i < 32; ++i) {
      spin_pause();
      if (done()) return true;
    }
  } while (monotonic_nanoseconds() < end);
  return done();
}

}  // namespace vgpu::exec
