#pragma once

#include <concepts>
#include <memory>

#include "gpu/blas/types.h"
#include "shims/cublas/abi.h"

// What a cublasHandle_t points to. A handle belongs to the context that was current when it was created.
struct VgpuCublasHandle {
  CublasStream stream = nullptr;
  struct CUctx_st* context = nullptr;
  cublasPointerMode_t pointer_mode = 0;
  cublasAtomicsMode_t atomics_mode = 0;
  cublasMath_t math_mode = 0;
  int multiprocessor_target = 0;
};

namespace vgpu::cublas {

cublasStatus_t create_handle(cublasHandle_t& handle);
// kNotInitialized for what is no handle.
cublasStatus_t destroy_handle(cublasHandle_t handle);
[[nodiscard]] bool valid(cublasHandle_t handle);

namespace detail {
cublasStatus_t enqueue(CublasStream stream, struct CUctx_st* context, const char* name, void (*function)(void*),
                       void* argument, void (*destroy)(void*));
}

// Queues task() in the stream's order; `context` is made current first where the thread has none. A task must not
// throw: there is nobody to catch it.
template <std::invocable Task>
cublasStatus_t enqueue(CublasStream stream, struct CUctx_st* context, const char* name, Task task) {
  const auto kept = std::make_shared<Task>(std::move(task));
  auto* const argument = new std::shared_ptr<Task>(kept);
  const cublasStatus_t status = detail::enqueue(
      stream, context, name, [](void* held) noexcept { (**static_cast<std::shared_ptr<Task>*>(held))(); }, argument,
      [](void* held) { delete static_cast<std::shared_ptr<Task>*>(held); });
  // Refused early, libcuda has not destroyed the argument; refused late, it has.
  if (status != kSuccess && kept.use_count() > 1) delete argument;
  return status;
}
template <std::invocable Task>
cublasStatus_t enqueue(cublasHandle_t handle, const char* name, Task task) {
  return enqueue(handle->stream, handle->context, name, std::move(task));
}

// Waits for the handle's stream.
cublasStatus_t synchronize(cublasHandle_t handle);

// Runs call() unless the handle is none; nothing thrown leaves it.
template <class Call>
cublasStatus_t guarded(cublasHandle_t handle, Call call) noexcept {
  if (!valid(handle)) return kNotInitialized;
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return kAllocationFailed;
  } catch (...) {
    return kInternalError;
  }
}

// alpha or beta of a call: read at once in host mode, in stream order in device mode.
class ScalarArgument {
 public:
  ScalarArgument(cublasPointerMode_t mode, blas::DataType type, const void* pointer);
  [[nodiscard]] blas::Scalar value() const;  // to be called in the task

 private:
  blas::DataType type_;
  const void* device_pointer_ = nullptr;
  blas::Scalar value_;
};

// Logs once for each name that the function is not there; returns kNotSupported.
cublasStatus_t refuse(const char* name);

}  // namespace vgpu::cublas
