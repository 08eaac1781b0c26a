#include "shims/cuda/array.h"

#include <fmt/format.h>

#include "base/log.h"
#include "shims/cuda/api.h"
#include "shims/cuda/driver.h"

namespace vgpu::cuda {
namespace {

// As the device's attributes say (21 to 29, 42 and 43).
constexpr std::size_t kLargest1d = 131072, kLargest2dWidth = 131072, kLargest2dHeight = 65536, kLargest3d = 16384;
constexpr std::size_t kLargestLayered = 32768, kMostLayers = 2048;

bool has_valid_size(const CUDA_ARRAY3D_DESCRIPTOR& descriptor) {
  const auto [width, height, depth, format, channels, flags] = descriptor;
  if (width == 0) return false;
  if ((flags & CUDA_ARRAY3D_LAYERED) != 0) {
    return depth != 0 && depth <= kMostLayers && width <= kLargestLayered && height <= kLargestLayered;
  }
  if (depth != 0) return height != 0 && width <= kLargest3d && height <= kLargest3d && depth <= kLargest3d;
  if (height != 0) return width <= kLargest2dWidth && height <= kLargest2dHeight;
  return width <= kLargest1d;
}

CUresult create(CUarray* handle, const CUDA_ARRAY3D_DESCRIPTOR& descriptor) {
  constexpr unsigned kKnownFlags = CUDA_ARRAY3D_LAYERED | CUDA_ARRAY3D_SURFACE_LDST | CUDA_ARRAY3D_TEXTURE_GATHER;
  auto array = std::make_shared<Array>();
  const CUresult supported = to_format(descriptor.format, descriptor.channels, array->format);
  if (supported != CUDA_SUCCESS) return supported;
  if ((descriptor.flags & ~kKnownFlags) != 0) {
    log(LogLevel::Warn, fmt::format("arrays with flags {:#x} (cube maps, sparse, deferred or depth arrays): not "
                                    "supported by this device",
                                    descriptor.flags));
    return CUDA_ERROR_NOT_SUPPORTED;
  }
  if (!has_valid_size(descriptor)) return CUDA_ERROR_INVALID_VALUE;
  Context& context = *current_context();
  array->context = &context;
  array->descriptor = descriptor;
  const gpu::Status status = context.backend->allocate(array->bytes(), gpu::MemoryKind::Device, array->address);
  if (status != gpu::Status::Success) return to_result(status);
  driver().memory.insert({.start = array->address,
                          .size = array->bytes(),
                          .use = MemoryUse::Array,
                          .context = &context,
                          .device = context.device});
  *handle = driver().arrays.insert(std::move(array));
  return CUDA_SUCCESS;
}

}  // namespace

texture::Image Array::image() const {
  return {.address = address,
          .format = format,
          .layered = (descriptor.flags & CUDA_ARRAY3D_LAYERED) != 0,
          .width = static_cast<std::uint32_t>(descriptor.width),
          .height = static_cast<std::uint32_t>(descriptor.height),
          .depth = static_cast<std::uint32_t>(descriptor.depth),
          .pitch = row_bytes(),
          .slice_pitch = slice_bytes()};
}

CUresult to_format(CUarray_format format, unsigned channels, texture::Format& converted) {
  using texture::ChannelKind;
  switch (format) {
    case CU_AD_FORMAT_UNSIGNED_INT8:
      converted = {ChannelKind::Unsigned, 8, 0};
      break;
    case CU_AD_FORMAT_UNSIGNED_INT16:
      converted = {ChannelKind::Unsigned, 16, 0};
      break;
    case CU_AD_FORMAT_UNSIGNED_INT32:
      converted = {ChannelKind::Unsigned, 32, 0};
      break;
    case CU_AD_FORMAT_SIGNED_INT8:
      converted = {ChannelKind::Signed, 8, 0};
      break;
    case CU_AD_FORMAT_SIGNED_INT16:
      converted = {ChannelKind::Signed, 16, 0};
      break;
    case CU_AD_FORMAT_SIGNED_INT32:
      converted = {ChannelKind::Signed, 32, 0};
      break;
    case CU_AD_FORMAT_HALF:
      converted = {ChannelKind::Float, 16, 0};
      break;
    case CU_AD_FORMAT_FLOAT:
      converted = {ChannelKind::Float, 32, 0};
      break;
    default: {
      constexpr CUarray_format kFirstSpecial = 0x50, kLastSpecial = 0xff;
      if (format < kFirstSpecial || format > kLastSpecial) return CUDA_ERROR_INVALID_VALUE;
      log(LogLevel::Warn, fmt::format("array format {:#x}: not supported by this device", format));
      return CUDA_ERROR_NOT_SUPPORTED;
    }
  }
  if (channels != 1 && channels != 2 && channels != 4) return CUDA_ERROR_INVALID_VALUE;
  converted.channels = static_cast<std::uint8_t>(channels);
  return CUDA_SUCCESS;
}

namespace api {

CUresult cuArray3DCreate_v2(CUarray* array, const CUDA_ARRAY3D_DESCRIPTOR* descriptor) {
  if (array == nullptr || descriptor == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return create(array, *descriptor);
}

CUresult cuArrayCreate_v2(CUarray* array, const CUDA_ARRAY_DESCRIPTOR* descriptor) {
  if (array == nullptr || descriptor == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return create(array, {.width = descriptor->width,
                        .height = descriptor->height,
                        .depth = 0,
                        .format = descriptor->format,
                        .channels = descriptor->channels,
                        .flags = 0});
}

CUresult cuArrayDestroy(CUarray handle) {
  const auto array = driver().arrays.remove(handle);
  if (array == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  driver().memory.remove(array->address);
  gpu::Backend& backend = *array->context->backend;
  const gpu::Status status = backend.release(array->address);
  return to_result(status == gpu::Status::Success ? backend.status() : status);
}

CUresult cuArray3DGetDescriptor_v2(CUDA_ARRAY3D_DESCRIPTOR* descriptor, CUarray handle) {
  if (descriptor == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto array = driver().arrays.find(handle);
  if (array == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  *descriptor = array->descriptor;
  return CUDA_SUCCESS;
}

CUresult cuArrayGetDescriptor_v2(CUDA_ARRAY_DESCRIPTOR* descriptor, CUarray handle) {
  if (descriptor == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto array = driver().arrays.find(handle);
  if (array == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  *descriptor = {array->descriptor.width, array->descriptor.height, array->descriptor.format,
                 array->descriptor.channels};
  return CUDA_SUCCESS;
}

}  // namespace api
}  // namespace vgpu::cuda
