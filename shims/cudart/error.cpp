#include "shims/cudart/api.h"
#include "shims/cudart/state.h"

namespace vgpu::cudart::api {

cudaError_t cudaGetLastError() {
  return last_error(true);
}
cudaError_t cudaPeekAtLastError() {
  return last_error(false);
}

}  // namespace vgpu::cudart::api

VGPU_EXPORT const char* cudaGetErrorName(cudaError_t error) {
  switch (static_cast<int>(error)) {
#define ERROR(number, driver_name, name, text) \
  case number:                                 \
    return #name;
#include "shims/cuda/errors.def"
#include "shims/cudart/runtime_errors.def"
#undef ERROR
    default:
      return "unrecognized error code";
  }
}

VGPU_EXPORT const char* cudaGetErrorString(cudaError_t error) {
  switch (static_cast<int>(error)) {
#define ERROR(number, driver_name, name, text) \
  case number:                                 \
    return text;
#include "shims/cuda/errors.def"
#include "shims/cudart/runtime_errors.def"
#undef ERROR
    default:
      return "unrecognized error code";
  }
}
