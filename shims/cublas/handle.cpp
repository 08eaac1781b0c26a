#include "shims/cublas/handle.h"

#include <mutex>
#include <set>
#include <string>

#include "base/log.h"
#include "gpu/blas/element.h"
#include "gpu/blas/parallel.h"
#include "shims/cublas/driver.h"
#include "shims/cuda/private_interface.h"
#include "shims/trace.h"

namespace vgpu::cublas {
namespace {

struct Registry {
  std::mutex mutex;
  std::set<cublasHandle_t> handles;
  std::set<std::string> refused;
};

Registry& registry() {
  static Registry& instance = *new Registry;
  return instance;
}

const cuda::PrivateInterface* find_private_interface() {
  const void* table = nullptr;
  if (cuGetExportTable(&table, &cuda::kPrivateInterfaceId) != CUDA_SUCCESS || table == nullptr) {
    log(LogLevel::Error, "cublas: the libcuda.so.1 of this process is not vgpu's: no way to queue work");
    return nullptr;
  }
  const auto* const found = static_cast<const cuda::PrivateInterface*>(table);
  if (found->size >= sizeof(cuda::PrivateInterface)) blas::use_parallel_loop(found->parallel_for);
  return found;
}

const cuda::PrivateInterface* private_interface() {
  static const cuda::PrivateInterface* const found = find_private_interface();
  return found;
}

// CUDA's runtime makes the primary context of device 0 current where a thread has none; so does cuBLAS.
CUcontext current_context() {
  CUcontext context = nullptr;
  if (cuCtxGetCurrent(&context) != CUDA_SUCCESS) return nullptr;
  if (context != nullptr) return context;
  if (cuDevicePrimaryCtxRetain(&context, 0) != CUDA_SUCCESS || cuCtxSetCurrent(context) != CUDA_SUCCESS) return nullptr;
  return context;
}

}  // namespace

cublasStatus_t create_handle(cublasHandle_t& handle) {
  if (cuInit(0) != CUDA_SUCCESS || private_interface() == nullptr) return kNotInitialized;
  auto made = std::make_unique<VgpuCublasHandle>();
  made->context = current_context();
  if (made->context == nullptr) return kNotInitialized;
  const std::lock_guard lock(registry().mutex);
  registry().handles.insert(made.get());
  handle = made.release();
  return kSuccess;
}

cublasStatus_t destroy_handle(cublasHandle_t handle) {
  const std::lock_guard lock(registry().mutex);
  if (registry().handles.erase(handle) == 0) return kNotInitialized;
  delete handle;
  return kSuccess;
}

bool valid(cublasHandle_t handle) {
  const std::lock_guard lock(registry().mutex);
  return registry().handles.contains(handle);
}

cublasStatus_t detail::enqueue(CublasStream stream, struct CUctx_st* context, const char* name, void (*function)(void*),
                               void* argument, void (*destroy)(void*)) {
  const cuda::PrivateInterface* const libcuda = private_interface();
  if (libcuda == nullptr) return kNotInitialized;
  CUcontext current = nullptr;
  if (cuCtxGetCurrent(&current) == CUDA_SUCCESS && current == nullptr) {
    context = context != nullptr ? context : current_context();
    if (context == nullptr || cuCtxSetCurrent(context) != CUDA_SUCCESS) return kNotInitialized;
  }
  return libcuda->enqueue_task(stream, name, function, argument, destroy) == CUDA_SUCCESS ? kSuccess : kExecutionFailed;
}

cublasStatus_t synchronize(cublasHandle_t handle) {
  return cuStreamSynchronize(handle->stream) == 0 ? kSuccess : kExecutionFailed;
}

ScalarArgument::ScalarArgument(cublasPointerMode_t mode, blas::DataType type, const void* pointer) : type_(type) {
  if (mode == 0) {
    value_ = blas::load_element(type, pointer, 0);
  } else {
    device_pointer_ = pointer;
  }
}

blas::Scalar ScalarArgument::value() const {
  return device_pointer_ == nullptr ? value_ : blas::load_element(type_, device_pointer_, 0);
}

cublasStatus_t refuse(const char* name) {
  shims::trace_refusal(name, kNotSupported);
  const std::lock_guard lock(registry().mutex);
  if (registry().refused.insert(name).second) log(LogLevel::Error, std::string(name) + ": not supported by vgpu");
  return kNotSupported;
}

}  // namespace vgpu::cublas
