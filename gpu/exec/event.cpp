#include "gpu/exec/event.h"

#include <climits>

#include "gpu/exec/futex.h"
#include "gpu/exec/stream.h"
#include "gpu/exec/stream_threads.h"

namespace vgpu::exec {
namespace {

constexpr std::uint64_t kSpinNanoseconds = 20'000;

}  // namespace

void Record::reach() {
  std::vector<std::shared_ptr<Stream>> parked;
  {
    const std::lock_guard lock(mutex_);
    time_ = monotonic_nanoseconds();
    complete_.store(1);
    parked.swap(parked_);
  }
  futex_wake(complete_, INT_MAX);
  for (auto& stream : parked) StreamThreads::instance().submit(std::move(stream));
}

void Record::wait() {
  if (spin_until(kSpinNanoseconds, [this] { return complete(); })) return;
  while (!complete()) futex_wait(complete_, 0);
}

bool Record::park(const std::shared_ptr<Stream>& stream) {
  const std::lock_guard lock(mutex_);
  if (complete()) return false;
  parked_.push_back(stream);
  return true;
}

std::shared_ptr<Record> Event::start_record() {
  auto record = std::make_shared<Record>();
  const std::lock_guard lock(mutex_);
  latest_ = record;
  return record;
}

std::shared_ptr<Record> Event::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

}  // namespace vgpu::exec
