#pragma once

#include <atomic>
#include <cstdint>

namespace vgpu::exec {

// Work that several threads share; see WorkerPool.
class ParallelJob {
 public:
  virtual ~ParallelJob() = default;
  // Works until nothing is left to take; called on several threads at once.
  virtual void participate() = 0;
  // True when another thread that came in would find nothing to do.
  [[nodiscard]] virtual bool exhausted() const = 0;

 private:
  friend class WorkerPool;
  std::atomic<std::uint32_t> participants_{0};  // workers that are inside participate()
};

}  // namespace vgpu::exec
