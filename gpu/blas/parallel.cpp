#include "gpu/blas/parallel.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "gpu/model/compute_threads.h"

namespace vgpu::blas {
namespace {

constexpr unsigned kMaximumThreads = 64;  // OpenBLAS has a fixed number of work buffers, one per thread in a call

class Pool {
 public:
  Pool() : owner_(::getpid()) {
    // Signals belong to the application's threads.
    sigset_t all;
    sigset_t previous;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous);
    for (unsigned index = 1; index < thread_count(); ++index) std::thread([this] { serve(); }).detach();
    pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  }

  // False, nothing done: the pool is in use, or it is a copy in a forked child, where its threads do not exist.
  bool run(std::int64_t count, const std::function<void(std::int64_t)>& body) {
    if (::getpid() != owner_ || !busy_.try_lock()) return false;
    const std::lock_guard hold(busy_, std::adopt_lock);
    {
      const std::lock_guard lock(mutex_);
      body_ = &body;
      count_ = count;
      next_ = 0;
      remaining_ = thread_count() - 1;
      ++generation_;
    }
    start_.notify_all();
    work(body, count);
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return remaining_ == 0; });
    return true;
  }

 private:
  void work(const std::function<void(std::int64_t)>& body, std::int64_t count) {
    for (std::int64_t index = next_++; index < count; index = next_++) body(index);
  }

  [[noreturn]] void serve() {
    std::uint64_t seen = 0;
    std::unique_lock lock(mutex_);
    while (true) {
      start_.wait(lock, [&] { return generation_ != seen; });
      seen = generation_;
      const auto* body = body_;
      const std::int64_t count = count_;
      lock.unlock();
      work(*body, count);
      lock.lock();
      if (--remaining_ == 0) done_.notify_one();
    }
  }

  const pid_t owner_;
  std::mutex busy_;
  std::mutex mutex_;
  std::condition_variable start_, done_;
  std::uint64_t generation_ = 0;
  const std::function<void(std::int64_t)>* body_ = nullptr;
  std::int64_t count_ = 0;
  std::atomic<std::int64_t> next_ = 0;
  unsigned remaining_ = 0;
};

}  // namespace

unsigned thread_count() {
  static const unsigned count = std::min(model::compute_threads(), kMaximumThreads);
  return count;
}

void parallel_for(std::int64_t count, const std::function<void(std::int64_t)>& body) {
  if (count > 1 && thread_count() > 1) {
    static Pool& pool = *new Pool;  // never destroyed: its threads use it until the process ends
    if (pool.run(count, body)) return;
  }
  for (std::int64_t index = 0; index < count; ++index) body(index);
}

}  // namespace vgpu::blas
