#include "gpu/exec/parallel.h"

#include <atomic>
#include <mutex>

#include "gpu/exec/fault.h"
#include "gpu/exec/worker_pool.h"

namespace vgpu::exec {
namespace {

class IndexJob final : public ParallelJob {
 public:
  IndexJob(std::uint64_t count, void (*body)(void*, std::uint64_t), void* argument)
      : count_(count), body_(body), argument_(argument) {}

  void participate() override {
    FaultScope scope;
    const bool finished = scope.run([this] {
      for (std::uint64_t index = next_++; index < count_; index = next_++) body_(argument_, index);
    });
    if (finished) return;
    next_ = count_;
    const std::lock_guard lock(mutex_);
    fault_ = scope.fault();
  }
  [[nodiscard]] bool exhausted() const override { return next_.load(std::memory_order_relaxed) >= count_; }
  [[nodiscard]] const Fault& fault() const { return fault_; }

 private:
  const std::uint64_t count_;
  void (*const body_)(void*, std::uint64_t);
  void* const argument_;
  std::atomic<std::uint64_t> next_{0};
  std::mutex mutex_;
  Fault fault_;
};

}  // namespace

void parallel_for(std::uint64_t count, void (*body)(void* argument, std::uint64_t index), void* argument) {
  if (count == 0) return;
  // Outside of device work a fault is the application's.
  if (count == 1 || FaultScope::current() == nullptr) {
    for (std::uint64_t index = 0; index < count; ++index) body(argument, index);
    return;
  }
  IndexJob job(count, body, argument);
  WorkerPool::instance().run(job, count - 1);
  if (job.fault().cause != FaultCause::None) FaultScope::raise(job.fault());
}

}  // namespace vgpu::exec
