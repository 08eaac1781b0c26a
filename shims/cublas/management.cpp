// Handles, their settings, versions and the texts of errors.
#include <string>

#include "shims/cublas/handle.h"
#include "shims/cublas/version.h"

using namespace vgpu::cublas;

namespace {

template <class T>
cublasStatus_t get(cublasHandle_t handle, T VgpuCublasHandle::* setting, T* value) {
  if (!valid(handle)) return kNotInitialized;
  if (value == nullptr) return kInvalidValue;
  *value = handle->*setting;
  return kSuccess;
}

cublasStatus_t set_switch(cublasHandle_t handle, int VgpuCublasHandle::* setting, int value) {
  if (!valid(handle)) return kNotInitialized;
  if (value != 0 && value != 1) return kInvalidValue;
  handle->*setting = value;
  return kSuccess;
}

}  // namespace

VGPU_CUBLAS_EXPORT cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) {
  if (handle == nullptr) return kInvalidValue;
  try {
    return create_handle(*handle);
  } catch (...) {
    return kAllocationFailed;
  }
}

VGPU_CUBLAS_EXPORT cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  return destroy_handle(handle);
}

VGPU_CUBLAS_EXPORT cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, CublasStream stream) {
  if (!valid(handle)) return kNotInitialized;
  handle->stream = stream;
  return kSuccess;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasGetStream_v2(cublasHandle_t handle, CublasStream* stream) {
  return get(handle, &VgpuCublasHandle::stream, stream);
}

// Only checked: the CPU's work buffers are not the caller's.
VGPU_CUBLAS_EXPORT cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace, std::size_t size) {
  if (!valid(handle)) return kNotInitialized;
  const bool aligned = reinterpret_cast<std::uintptr_t>(workspace) % 256 == 0;
  return aligned && (workspace != nullptr || size == 0) ? kSuccess : kInvalidValue;
}

VGPU_CUBLAS_EXPORT cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t handle, cublasPointerMode_t mode) {
  return set_switch(handle, &VgpuCublasHandle::pointer_mode, mode);
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasGetPointerMode_v2(cublasHandle_t handle, cublasPointerMode_t* mode) {
  return get(handle, &VgpuCublasHandle::pointer_mode, mode);
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasSetAtomicsMode(cublasHandle_t handle, cublasAtomicsMode_t mode) {
  return set_switch(handle, &VgpuCublasHandle::atomics_mode, mode);
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasGetAtomicsMode(cublasHandle_t handle, cublasAtomicsMode_t* mode) {
  return get(handle, &VgpuCublasHandle::atomics_mode, mode);
}

// F32 is always summed in F32, which every math mode allows.
VGPU_CUBLAS_EXPORT cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode) {
  if (!valid(handle)) return kNotInitialized;
  if ((mode & 15) > 3) return kInvalidValue;
  handle->math_mode = mode;
  return kSuccess;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasGetMathMode(cublasHandle_t handle, cublasMath_t* mode) {
  return get(handle, &VgpuCublasHandle::math_mode, mode);
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasSetSmCountTarget(cublasHandle_t handle, int count) {
  if (!valid(handle)) return kNotInitialized;
  if (count < 0) return kInvalidValue;
  handle->multiprocessor_target = count;
  return kSuccess;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasGetSmCountTarget(cublasHandle_t handle, int* count) {
  return get(handle, &VgpuCublasHandle::multiprocessor_target, count);
}

VGPU_CUBLAS_EXPORT cublasStatus_t cublasGetVersion_v2(cublasHandle_t handle, int* version) {
  if (!valid(handle)) return kNotInitialized;
  if (version == nullptr) return kInvalidValue;
  *version = kVersionMajor * 10000 + kVersionMinor * 100 + kVersionPatch;
  return kSuccess;
}

VGPU_CUBLAS_EXPORT cublasStatus_t cublasGetProperty(int property, int* value) {
  constexpr int kValues[] = {kVersionMajor, kVersionMinor, kVersionPatch};
  if (value == nullptr || property < 0 || property > 2) return kInvalidValue;
  *value = kValues[property];
  return kSuccess;
}

VGPU_CUBLAS_EXPORT std::size_t cublasGetCudartVersion() {
  return kCudartVersion;
}

// cuBLAS's log is NVIDIA's; ours is VGPU_LOG. The settings are taken and no line is ever written or reported.
VGPU_CUBLAS_EXPORT cublasStatus_t cublasLoggerConfigure(int, int, int, const char*) {
  return kSuccess;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasSetLoggerCallback(void (*)(const char*)) {
  return kSuccess;
}
VGPU_CUBLAS_EXPORT cublasStatus_t cublasGetLoggerCallback(void (**callback)(const char*)) {
  if (callback == nullptr) return kInvalidValue;
  *callback = nullptr;
  return kSuccess;
}

VGPU_CUBLAS_EXPORT const char* cublasGetStatusName(cublasStatus_t status) {
  return status_name(status);
}
VGPU_CUBLAS_EXPORT const char* cublasGetStatusString(cublasStatus_t status) {
  return status_text(status);
}
