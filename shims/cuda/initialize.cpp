#include <cstdlib>
#include <cstring>

#include "shims/cuda/api.h"
#include "shims/cuda/driver.h"
#include "shims/cuda/visible_devices.h"

namespace vgpu::cuda::api {

CUresult cuInit(unsigned flags) {
  if (flags != 0) return CUDA_ERROR_INVALID_VALUE;
  Driver& state = driver();
  const std::lock_guard lock(state.mutex);
  if (state.initialized.load(std::memory_order_relaxed)) return CUDA_SUCCESS;
  const auto ordinals = visible_devices(std::getenv("CUDA_VISIBLE_DEVICES"), model::devices());
  if (ordinals.empty()) return CUDA_ERROR_NO_DEVICE;
  for (const unsigned ordinal : ordinals) {
    auto device = std::make_unique<VisibleDevice>();
    device->ordinal = ordinal;
    state.devices.push_back(std::move(device));
  }
  state.initialized.store(true, std::memory_order_release);
  return CUDA_SUCCESS;
}

CUresult cuDriverGetVersion(int* driver_version) {
  if (driver_version == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *driver_version = model::driver_versions().cuda;
  return CUDA_SUCCESS;
}

CUresult cuGetErrorName(CUresult error, const char** text) {
  if (text == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *text = nullptr;
  switch (static_cast<int>(error)) {
#define ERROR(number, name, runtime_name, words) \
  case number:                                   \
    *text = #name;                               \
    return CUDA_SUCCESS;
#include "shims/cuda/errors.def"
#undef ERROR
    default:
      return CUDA_ERROR_INVALID_VALUE;
  }
}

CUresult cuGetErrorString(CUresult error, const char** text) {
  if (text == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *text = nullptr;
  switch (static_cast<int>(error)) {
#define ERROR(number, name, runtime_name, words) \
  case number:                                   \
    *text = words;                               \
    return CUDA_SUCCESS;
#include "shims/cuda/errors.def"
#undef ERROR
    default:
      return CUDA_ERROR_INVALID_VALUE;
  }
}

CUresult cuProfilerStart() {
  return CUDA_SUCCESS;
}
CUresult cuProfilerStop() {
  return CUDA_SUCCESS;
}

}  // namespace vgpu::cuda::api
