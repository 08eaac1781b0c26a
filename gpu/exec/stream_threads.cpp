#include "gpu/exec/stream_threads.h"

#include <utility>

#include "gpu/exec/futex.h"
#include "gpu/exec/stream.h"
#include "gpu/exec/thread.h"

namespace vgpu::exec {
StreamThreads& StreamThreads::instance() {
  // Never destroyed: its threads run until the process ends.
  static auto* threads = new StreamThreads();
  return *threads;
}

void StreamThreads::submit(std::shared_ptr<Stream> stream) {
  Sleeper* sleeper = nullptr;
  bool start = false;
  {
    const std::lock_guard lock(mutex_);
    ready_.push_back(std::move(stream));
    ready_count_.store(static_cast<std::uint32_t>(ready_.size()), std::memory_order_relaxed);
    if (ready_.size() <= coming_) return;
    ++coming_;
    if (sleepers_.empty()) {
      start = true;
      ++threads_;
    } else {
      sleeper = sleepers_.back();
      sleepers_.pop_back();
    }
  }
  if (sleeper != nullptr) {
    sleeper->awake.store(1);
    futex_wake(sleeper->awake, 1);
  }
  if (!start || start_thread("vgpu-stream", [this] { work(); })) return;

  std::unique_lock lock(mutex_);
  --coming_;
  if (--threads_ != 0 || ready_.empty()) return;
  const std::shared_ptr<Stream> own = std::move(ready_.front());
  ready_.pop_front();
  lock.unlock();
  own->serve();
}

void StreamThreads::work() {
  {
    const std::lock_guard lock(mutex_);
    --coming_;
  }
  for (;;) next()->serve();
}

std::shared_ptr<Stream> StreamThreads::next() {
  Sleeper self;
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!ready_.empty()) {
      std::shared_ptr<Stream> stream = std::move(ready_.front());
      ready_.pop_front();
      ready_count_.store(static_cast<std::uint32_t>(ready_.size()), std::memory_order_relaxed);
      return stream;
    }
    self.awake.store(0);
    sleepers_.push_back(&self);
    lock.unlock();
    while (self.awake.load() == 0) futex_wait(self.awake, 0);
    lock.lock();
    --coming_;
  }
}

}  // namespace vgpu::exec
