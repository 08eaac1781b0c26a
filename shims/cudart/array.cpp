#include "shims/cudart/api.h"
#include "shims/cudart/channel_format.h"
#include "shims/cudart/state.h"

namespace vgpu::cudart::api {

cudaError_t cudaMalloc3DArray(CUarray* array, const cudaChannelFormatDesc* format, cudaExtent extent, unsigned flags) {
  if (array == nullptr || format == nullptr) return cudaErrorInvalidValue;
  CUDA_ARRAY3D_DESCRIPTOR descriptor{.width = extent.width,
                                     .height = extent.height,
                                     .depth = extent.depth,
                                     .format = 0,
                                     .channels = 0,
                                     .flags = flags};
  const cudaError_t error = to_driver_format(*format, descriptor.format, descriptor.channels);
  return error != cudaSuccess ? error : to_error(cuArray3DCreate_v2(array, &descriptor));
}

cudaError_t cudaMallocArray(CUarray* array, const cudaChannelFormatDesc* format, std::size_t width, std::size_t height,
                            unsigned flags) {
  return cudaMalloc3DArray(array, format, {width, height, 0}, flags);
}

cudaError_t cudaFreeArray(CUarray array) {
  return array == nullptr ? cudaSuccess : to_error(cuArrayDestroy(array));
}

cudaError_t cudaArrayGetInfo(cudaChannelFormatDesc* format, cudaExtent* extent, unsigned* flags, CUarray array) {
  CUDA_ARRAY3D_DESCRIPTOR descriptor;
  const CUresult result = cuArray3DGetDescriptor_v2(&descriptor, array);
  if (result != CUDA_SUCCESS) return to_error(result);
  if (format != nullptr) *format = to_channel_description(descriptor.format, descriptor.channels);
  if (extent != nullptr) *extent = {descriptor.width, descriptor.height, descriptor.depth};
  if (flags != nullptr) *flags = descriptor.flags;
  return cudaSuccess;
}

cudaError_t cudaGetChannelDesc(cudaChannelFormatDesc* format, CUarray array) {
  return format == nullptr ? cudaErrorInvalidValue : cudaArrayGetInfo(format, nullptr, nullptr, array);
}

}  // namespace vgpu::cudart::api
