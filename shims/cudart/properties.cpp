#include <cstring>

#include "shims/cudart/api.h"
#include "shims/cudart/state.h"

namespace vgpu::cudart::api {
namespace {

CUresult read_properties(cudaDeviceProp& properties, int device) {
  std::memset(&properties, 0, sizeof properties);
  CUresult result = cuDeviceGetName(properties.name, sizeof properties.name, device);
  if (result != CUDA_SUCCESS) return result;
  cuDeviceGetUuid_v2(&properties.uuid, device);
  cuDeviceTotalMem_v2(&properties.totalGlobalMem, device);
  int value = 0;
#define PROPERTY(field, attribute)                          \
  result = cuDeviceGetAttribute(&value, attribute, device); \
  if (result != CUDA_SUCCESS) return result;                \
  properties.field = static_cast<decltype(properties.field + 0)>(value);
#include "shims/cudart/device_properties.def"
#undef PROPERTY
  return CUDA_SUCCESS;
}

}  // namespace

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (properties == nullptr) return cudaErrorInvalidValue;
  cudaDeviceProp whole;
  const CUresult result = read_properties(whole, device);
  if (result != CUDA_SUCCESS) return to_error(result);
#if VGPU_CUDART_MAJOR < 13
  // Programs built before CUDA 12 have room for the fields that there were then.
  std::memcpy(properties, &whole, offsetof(cudaDeviceProp, hostRegisterSupported));
#else
  *properties = whole;
#endif
  return cudaSuccess;
}

#if VGPU_CUDART_MAJOR < 13
cudaError_t cudaGetDeviceProperties_v2(cudaDeviceProp* properties, int device) {
  if (properties == nullptr) return cudaErrorInvalidValue;
  return to_error(read_properties(*properties, device));
}
#endif

}  // namespace vgpu::cudart::api
