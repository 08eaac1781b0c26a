#include "shims/cuda/driver.h"

#include "shims/cuda/context_stack.h"
#include "shims/kernel/ledger.h"

namespace vgpu::cuda {

thread_local bool per_thread_default_stream = false;

Driver& driver() {
  static auto* const instance = new Driver;
  return *instance;
}

VisibleDevice* find_device(CUdevice device) {
  auto& devices = driver().devices;
  if (device < 0 || static_cast<std::size_t>(device) >= devices.size()) return nullptr;
  return devices[static_cast<std::size_t>(device)].get();
}

const model::Device& description(const VisibleDevice& device) {
  return model::devices()[device.ordinal];
}

gpu::Backend& backend_of(const VisibleDevice& device) {
  return gpu::cpu_backend(device.ordinal, kernel::make_ledger);
}

Context* current_context() {
  const auto& stack = context_stack();
  return stack.empty() ? nullptr : stack.back();
}

CUresult check_context() {
  const Context* context = current_context();
  if (context == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  if (context->destroyed.load(std::memory_order_relaxed)) return CUDA_ERROR_CONTEXT_IS_DESTROYED;
  return to_result(context->backend->status());
}

}  // namespace vgpu::cuda
