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

// Lets other threads of this CPU run.
void give_way();

// Calls `done` in a spin loop for at most `nanoseconds`. Returns its last answer. After the first microseconds the CPU
// is offered to others in between: there may be fewer CPUs than threads that spin.
template <class Done>
bool spin_until(std::uint64_t nanoseconds, Done&& done) {
  constexpr std::uint64_t kExclusive = 3'000;  // nanoseconds
  if (done()) return true;
  const std::uint64_t start = monotonic_nanoseconds();
  for (std::uint64_t now = start; now - start < nanoseconds; now = monotonic_nanoseconds()) {
    for (int i = 0; i < 16; ++i) {
      spin_pause();
      if (done()) return true;
    }
    if (now - start > kExclusive) give_way();
  }
  return done();
}

}  // namespace vgpu::exec
