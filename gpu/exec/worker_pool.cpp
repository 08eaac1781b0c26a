#include "gpu/exec/worker_pool.h"

#include <algorithm>

#include "gpu/exec/futex.h"
#include "gpu/exec/thread.h"
#include "gpu/model/compute_threads.h"

namespace vgpu::exec {
namespace {

// How long an idle worker looks for the next grid before it sleeps: a model's kernels that are worth sharing
// follow each other within this, and to wake a thread of a virtual machine takes tens of microseconds.
constexpr std::uint64_t kSpinNanoseconds = 200'000;

}  // namespace

WorkerPool& WorkerPool::instance() {
  // Never destroyed: its threads run until the process ends.
  static auto* pool = new WorkerPool(model::compute_threads());
  return *pool;
}

void WorkerPool::start_threads() {
  for (unsigned i = 1; i < threads_; ++i) {
    if (!start_thread("vgpu-worker", [this] { work(); })) break;
  }
}

void WorkerPool::run(ParallelJob& job, std::uint64_t helpers) {
  helpers = std::min<std::uint64_t>(helpers, threads_ - 1);
  if (helpers == 0) {
    job.participate();
    return;
  }
  std::call_once(started_, [this] { start_threads(); });
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(&job);
  }
  published_.fetch_add(1);
  if (sleepers_.load() > 0) futex_wake(published_, static_cast<std::uint32_t>(helpers));
  job.participate();
  {
    const std::lock_guard lock(mutex_);
    std::erase(jobs_, &job);
  }
  while (!spin_until(kSpinNanoseconds, [&] { return job.participants_.load() == 0; })) {
    const std::uint32_t participants = job.participants_.load();
    if (participants != 0) futex_wait(job.participants_, participants);
  }
}

ParallelJob* WorkerPool::join_job() {
  const std::lock_guard lock(mutex_);
  for (ParallelJob* job : jobs_) {
    if (job->exhausted()) continue;
    job->participants_.fetch_add(1);
    return job;
  }
  return nullptr;
}

void WorkerPool::leave_job(ParallelJob& job) {
  // The job may be gone as soon as the count is zero; only its address is used then.
  std::atomic<std::uint32_t>& participants = job.participants_;
  if (participants.fetch_sub(1) == 1) futex_wake(participants, 1);
}

void WorkerPool::work() {
  for (;;) {
    const std::uint32_t seen = published_.load();
    if (ParallelJob* job = join_job(); job != nullptr) {
      job->participate();
      leave_job(*job);
      continue;
    }
    if (spin_until(kSpinNanoseconds, [&] { return published_.load(std::memory_order_relaxed) != seen; })) continue;
    sleepers_.fetch_add(1);
    futex_wait(published_, seen);
    sleepers_.fetch_sub(1);
  }
}

}  // namespace vgpu::exec
