#include "shims/cudart/state.h"

#include <atomic>

#include "shims/cudart/registration.h"

namespace vgpu::cudart {

thread_local bool per_thread_default_stream = false;

namespace {

struct Thread {
  int device = 0;
  cudaError_t last_error = cudaSuccess;
  CUcontext bound = nullptr;     // the primary context that this library made current
  std::uint64_t generation = 0;  // of `bound`
};

Thread& thread() {
  static thread_local Thread instance;
  return instance;
}

// Counts resets of devices, which end the contexts that threads are bound to.
std::atomic<std::uint64_t> generation{1};

bool device_is_lost(cudaError_t error) {
  return error == cudaErrorIllegalAddress || error == cudaErrorLaunchTimeout || error == cudaErrorAssert ||
         (error >= cudaErrorHardwareStackError && error <= cudaErrorLaunchFailure);
}

cudaError_t initialize() {
  const CUresult result = cuInit(0);
  if (result != CUDA_SUCCESS) return to_error(result);
  // A runtime works with every driver of its own major version or a newer one (CUDA's minor version compatibility).
  int driver = 0;
  cuDriverGetVersion(&driver);
  return driver < VGPU_CUDART_MAJOR * 1000 ? cudaErrorInsufficientDriver : cudaSuccess;
}

}  // namespace

cudaError_t ensure_initialized() {
  static const cudaError_t result = initialize();
  return result;
}

cudaError_t ensure_context() {
  const cudaError_t initialized = ensure_initialized();
  if (initialized != cudaSuccess) return initialized;
  Thread& self = thread();
  CUcontext current = nullptr;
  cuCtxGetCurrent(&current);
  const std::uint64_t now = generation.load(std::memory_order_acquire);
  const bool stale = self.bound != nullptr && current == self.bound && self.generation != now;
  if (current != nullptr && !stale) return cudaSuccess;
  CUcontext primary = nullptr;
  CUresult result = cuDevicePrimaryCtxRetain(&primary, self.device);
  if (result == CUDA_SUCCESS) result = cuCtxSetCurrent(primary);
  if (result != CUDA_SUCCESS) return to_error(result);
  self.bound = primary;
  self.generation = now;
  return cudaSuccess;
}

int current_device() {
  CUdevice device = 0;
  return cuCtxGetDevice(&device) == CUDA_SUCCESS ? device : thread().device;
}

void set_current_device(int device) {
  thread().device = device;
  cuCtxSetCurrent(nullptr);
  thread().bound = nullptr;
}

cudaError_t reset_device() {
  const cudaError_t initialized = ensure_initialized();
  if (initialized != cudaSuccess) return initialized;
  const int device = current_device();
  const CUresult result = cuDevicePrimaryCtxReset_v2(device);
  generation.fetch_add(1, std::memory_order_acq_rel);
  forget_loaded_functions();
  set_current_device(device);
  thread().last_error = cudaSuccess;
  return to_error(result);
}

cudaError_t record(cudaError_t error) {
  if (error != cudaSuccess) thread().last_error = error;
  return error;
}

cudaError_t last_error(bool clear) {
  const cudaError_t error = thread().last_error;
  if (clear && !device_is_lost(error)) thread().last_error = cudaSuccess;
  return error;
}

}  // namespace vgpu::cudart
