#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "gpu/exec/parallel_job.h"

namespace vgpu::exec {

// The process's compute threads, one fewer than model::compute_threads(): the
// thread that has work is the last one. Threads start with the first job that is worth sharing and live as long as the
// process.
class WorkerPool {
 public:
  static WorkerPool& instance();

  // Threads that work on a job, the caller's included.
  [[nodiscard]] unsigned threads() const { return threads_; }

  // Runs the job on this thread and up to `helpers` others; returns when all of it is done. Several threads may run
  // jobs at once.
  void run(ParallelJob& job, std::uint64_t helpers);

 private:
  explicit WorkerPool(unsigned threads) : threads_(threads) {}
  void start_threads();
  void work();
  ParallelJob* join_job();
  static void leave_job(ParallelJob& job);

  const unsigned threads_;
  std::once_flag started_;
  std::mutex mutex_;
  std::vector<ParallelJob*> jobs_;
  std::atomic<std::uint32_t> published_{0};  // counts jobs; workers sleep on it
  std::atomic<std::uint32_t> sleepers_{0};
};

}  // namespace vgpu::exec
