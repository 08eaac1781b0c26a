#include "gpu/blas/parallel.h"

#include <algorithm>
#include <atomic>

#include "gpu/model/compute_threads.h"

namespace vgpu::blas {
namespace {

constexpr unsigned kMaximumThreads = 64;  // OpenBLAS has a fixed number of work buffers, one per thread in a call

std::atomic<ParallelLoop> parallel_loop = nullptr;

// What the threads of one parallel_for share: each draws the next index until none is left.
struct Job {
  const std::function<void(std::int64_t)>& body;
  const std::int64_t count;
  std::atomic<std::int64_t> next = 0;
};

void participate(void* argument, std::uint64_t) {
  Job& job = *static_cast<Job*>(argument);
  for (std::int64_t index = job.next++; index < job.count; index = job.next++) job.body(index);
}

}  // namespace

void use_parallel_loop(ParallelLoop loop) {
  parallel_loop = loop;
}

unsigned thread_count() {
  static const unsigned count = std::min(model::compute_threads(), kMaximumThreads);
  return count;
}

void parallel_for(std::int64_t count, const std::function<void(std::int64_t)>& body) {
  if (count <= 0) return;
  const ParallelLoop loop = parallel_loop;
  const std::int64_t threads = loop == nullptr ? 1 : std::min<std::int64_t>(count, thread_count());
  Job job{body, count};
  if (threads == 1) {
    participate(&job, 0);
  } else {
    loop(static_cast<std::uint64_t>(threads), participate, &job);
  }
}

}  // namespace vgpu::blas
