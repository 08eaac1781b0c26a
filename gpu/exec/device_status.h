#pragma once

#include <atomic>
#include <string>

#include "gpu/status.h"

namespace vgpu::exec {

// The first fault of a kernel or task: sticky until cleared, as CUDA's is.
class DeviceStatus {
 public:
  [[nodiscard]] gpu::Status get() const { return status_.load(std::memory_order_acquire); }
  // Keeps the status, and logs `what` as an error, unless there is one already.
  void fail(gpu::Status status, const std::string& what);
  void clear() { status_.store(gpu::Status::Success, std::memory_order_release); }

 private:
  std::atomic<gpu::Status> status_{gpu::Status::Success};
};

}  // namespace vgpu::exec
