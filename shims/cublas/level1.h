#pragma once

#include <array>

#include "shims/cublas/routine.h"

// What the rotations of level1.def and level1_ex.def share.
namespace vgpu::cublas {

// A routine whose every operand is a scalar. In host mode all of them are the host's, and nothing queued can change
// them: it is done at once, as CUDA programs may read the results without waiting.
template <class Task>
cublasStatus_t run_on_scalars(const Caller& caller, Task task) {
  if (caller.handle->pointer_mode != 0) return queue(caller, task);
  task();
  return kSuccess;
}

// rotm's five parameters: read at once in host mode, in stream order in device mode.
template <class T>
class RotationParameters {
 public:
  RotationParameters(const Caller& caller, const T* parameters)
      : device_(caller.handle->pointer_mode == 0 ? nullptr : parameters) {
    if (device_ == nullptr) std::copy_n(parameters, values_.size(), values_.begin());
  }
  [[nodiscard]] std::array<T, 5> values() const {
    std::array<T, 5> read = values_;
    if (device_ != nullptr) std::copy_n(device_, read.size(), read.begin());
    return read;
  }

 private:
  const T* device_;
  std::array<T, 5> values_{};
};

}  // namespace vgpu::cublas
