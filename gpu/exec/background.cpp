#include "gpu/exec/background.h"

#include <deque>
#include <mutex>
#include <utility>

#include "gpu/exec/thread.h"
#include "gpu/exec/worker_pool.h"

namespace vgpu::exec {
namespace {

struct Queue {
  std::mutex mutex;
  std::deque<std::function<void()>> work;
  unsigned threads = 0;
};

Queue& queue() {
  static auto* instance = new Queue();
  return *instance;
}

void work_until_empty() {
  Queue& shared = queue();
  for (;;) {
    std::function<void()> work;
    {
      const std::lock_guard lock(shared.mutex);
      if (shared.work.empty()) {
        --shared.threads;
        return;
      }
      work = std::move(shared.work.front());
      shared.work.pop_front();
    }
    work();
  }
}

}  // namespace

void run_in_background(std::function<void()> work) {
  Queue& shared = queue();
  {
    const std::lock_guard lock(shared.mutex);
    shared.work.push_back(std::move(work));
    if (shared.threads >= WorkerPool::instance().threads()) return;
    ++shared.threads;
  }
  if (start_thread("vgpu-compile", work_until_empty)) return;
  const std::lock_guard lock(shared.mutex);
  --shared.threads;
}

}  // namespace vgpu::exec
