#include <algorithm>

#include "shims/cudart/api.h"
#include "shims/cudart/channel_format.h"
#include "shims/cudart/state.h"

namespace vgpu::cudart::api {
namespace {

cudaError_t to_driver(const cudaResourceDesc& resource, CUDA_RESOURCE_DESC& converted) {
  converted = {};
  converted.type = resource.type;
  switch (resource.type) {
    case CU_RESOURCE_TYPE_LINEAR:
      converted.linear.address = address_of(resource.linear.pointer);
      converted.linear.size = resource.linear.size;
      return to_driver_format(resource.linear.format, converted.linear.format, converted.linear.channels);
    case CU_RESOURCE_TYPE_PITCH2D:
      converted.pitch2d.address = address_of(resource.pitch2d.pointer);
      converted.pitch2d.width = resource.pitch2d.width;
      converted.pitch2d.height = resource.pitch2d.height;
      converted.pitch2d.pitch = resource.pitch2d.pitch;
      return to_driver_format(resource.pitch2d.format, converted.pitch2d.format, converted.pitch2d.channels);
    default:
      converted.array = resource.array;
      return cudaSuccess;
  }
}

void from_driver(const CUDA_RESOURCE_DESC& resource, cudaResourceDesc& converted) {
  converted = {};
  converted.type = resource.type;
  switch (resource.type) {
    case CU_RESOURCE_TYPE_LINEAR:
      converted.linear = {reinterpret_cast<void*>(resource.linear.address),
                          to_channel_description(resource.linear.format, resource.linear.channels),
                          resource.linear.size};
      break;
    case CU_RESOURCE_TYPE_PITCH2D:
      converted.pitch2d = {reinterpret_cast<void*>(resource.pitch2d.address),
                           to_channel_description(resource.pitch2d.format, resource.pitch2d.channels),
                           resource.pitch2d.width, resource.pitch2d.height, resource.pitch2d.pitch};
      break;
    default:
      converted.array = resource.array;
      break;
  }
}

CUDA_TEXTURE_DESC to_driver(const cudaTextureDesc& texture) {
  CUDA_TEXTURE_DESC converted{};
  std::ranges::copy(texture.address_mode, converted.address_mode);
  std::ranges::copy(texture.border_color, converted.border_color);
  converted.filter_mode = texture.filter_mode;
  if (texture.read_mode == cudaReadModeElementType) converted.flags |= CU_TRSF_READ_AS_INTEGER;
  if (texture.normalized_coordinates != 0) converted.flags |= CU_TRSF_NORMALIZED_COORDINATES;
  if (texture.srgb != 0) converted.flags |= CU_TRSF_SRGB;
  if (texture.disable_trilinear_optimization != 0) converted.flags |= CU_TRSF_DISABLE_TRILINEAR_OPTIMIZATION;
  if (texture.seamless_cubemap != 0) converted.flags |= CU_TRSF_SEAMLESS_CUBEMAP;
  converted.maximum_anisotropy = texture.maximum_anisotropy;
  converted.mipmap_filter_mode = texture.mipmap_filter_mode;
  converted.mipmap_level_bias = texture.mipmap_level_bias;
  converted.least_mipmap_level = texture.least_mipmap_level;
  converted.most_mipmap_level = texture.most_mipmap_level;
  return converted;
}

cudaTextureDesc from_driver(const CUDA_TEXTURE_DESC& texture) {
  cudaTextureDesc converted{};
  const auto has = [&](unsigned flag) { return (texture.flags & flag) != 0; };
  std::ranges::copy(texture.address_mode, converted.address_mode);
  std::ranges::copy(texture.border_color, converted.border_color);
  converted.filter_mode = texture.filter_mode;
  converted.read_mode = has(CU_TRSF_READ_AS_INTEGER) ? cudaReadModeElementType : cudaReadModeNormalizedFloat;
  converted.normalized_coordinates = has(CU_TRSF_NORMALIZED_COORDINATES) ? 1 : 0;
  converted.srgb = has(CU_TRSF_SRGB) ? 1 : 0;
  converted.disable_trilinear_optimization = has(CU_TRSF_DISABLE_TRILINEAR_OPTIMIZATION) ? 1 : 0;
  converted.seamless_cubemap = has(CU_TRSF_SEAMLESS_CUBEMAP) ? 1 : 0;
  converted.maximum_anisotropy = texture.maximum_anisotropy;
  converted.mipmap_filter_mode = texture.mipmap_filter_mode;
  converted.mipmap_level_bias = texture.mipmap_level_bias;
  converted.least_mipmap_level = texture.least_mipmap_level;
  converted.most_mipmap_level = texture.most_mipmap_level;
  return converted;
}

cudaError_t channels_of(const cudaResourceDesc& resource, cudaChannelFormatDesc& channels) {
  switch (resource.type) {
    case CU_RESOURCE_TYPE_ARRAY:
      return cudaGetChannelDesc(&channels, resource.array);
    case CU_RESOURCE_TYPE_LINEAR:
      channels = resource.linear.format;
      return cudaSuccess;
    case CU_RESOURCE_TYPE_PITCH2D:
      channels = resource.pitch2d.format;
      return cudaSuccess;
    default:
      channels = {};
      return cudaSuccess;
  }
}

// The runtime has errors of its own for filters between integers and for integers that are no fractions.
cudaError_t check_reading(const cudaResourceDesc& resource, const cudaTextureDesc& texture) {
  cudaChannelFormatDesc channels{};
  const cudaError_t error = channels_of(resource, channels);
  if (error != cudaSuccess || channels.x == 0 || channels.kind == cudaChannelFormatKindFloat) return error;
  if (texture.read_mode == cudaReadModeNormalizedFloat) {
    return channels.x == 32 ? cudaErrorInvalidNormSetting : cudaSuccess;
  }
  return texture.filter_mode == CU_TR_FILTER_MODE_POINT ? cudaSuccess : cudaErrorInvalidFilterSetting;
}

template <class Get>
cudaError_t get_resource(cudaResourceDesc* resource, std::uint64_t object, const Get& get) {
  if (resource == nullptr) return cudaErrorInvalidValue;
  CUDA_RESOURCE_DESC found;
  const CUresult result = get(&found, object);
  if (result == CUDA_SUCCESS) from_driver(found, *resource);
  return to_error(result);
}

}  // namespace

cudaError_t cudaCreateTextureObject(std::uint64_t* object, const cudaResourceDesc* resource,
                                    const cudaTextureDesc* texture, const cudaResourceViewDesc* view) {
  if (object == nullptr || resource == nullptr || texture == nullptr) return cudaErrorInvalidValue;
  CUDA_RESOURCE_DESC driver_resource;
  cudaError_t error = to_driver(*resource, driver_resource);
  if (error == cudaSuccess) error = check_reading(*resource, *texture);
  if (error != cudaSuccess) return error;
  const CUDA_TEXTURE_DESC driver_texture = to_driver(*texture);
  return to_error(cuTexObjectCreate(object, &driver_resource, &driver_texture,
                                    reinterpret_cast<const CUDA_RESOURCE_VIEW_DESC*>(view)));
}

cudaError_t cudaDestroyTextureObject(std::uint64_t object) {
  return to_error(cuTexObjectDestroy(object));
}

cudaError_t cudaGetTextureObjectResourceDesc(cudaResourceDesc* resource, std::uint64_t object) {
  return get_resource(resource, object, cuTexObjectGetResourceDesc);
}

cudaError_t cudaGetTextureObjectTextureDesc(cudaTextureDesc* texture, std::uint64_t object) {
  if (texture == nullptr) return cudaErrorInvalidValue;
  CUDA_TEXTURE_DESC found;
  const CUresult result = cuTexObjectGetTextureDesc(&found, object);
  if (result == CUDA_SUCCESS) *texture = from_driver(found);
  return to_error(result);
}

// No object has a view: the driver refuses to make one.
cudaError_t cudaGetTextureObjectResourceViewDesc(cudaResourceViewDesc*, std::uint64_t) {
  return cudaErrorInvalidValue;
}

cudaError_t cudaCreateSurfaceObject(std::uint64_t* object, const cudaResourceDesc* resource) {
  if (object == nullptr || resource == nullptr) return cudaErrorInvalidValue;
  CUDA_RESOURCE_DESC driver_resource;
  const cudaError_t error = to_driver(*resource, driver_resource);
  return error != cudaSuccess ? error : to_error(cuSurfObjectCreate(object, &driver_resource));
}

cudaError_t cudaDestroySurfaceObject(std::uint64_t object) {
  return to_error(cuSurfObjectDestroy(object));
}

cudaError_t cudaGetSurfaceObjectResourceDesc(cudaResourceDesc* resource, std::uint64_t object) {
  return get_resource(resource, object, cuSurfObjectGetResourceDesc);
}

cudaError_t cudaDeviceGetTexture1DLinearMaxWidth(std::size_t* width, const cudaChannelFormatDesc* format, int device) {
  if (width == nullptr || format == nullptr) return cudaErrorInvalidValue;
  CUarray_format driver_format = 0;
  unsigned channels = 0;
  const cudaError_t error = to_driver_format(*format, driver_format, channels);
  return error != cudaSuccess ? error
                              : to_error(cuDeviceGetTexture1DLinearMaxWidth(width, driver_format, channels, device));
}

}  // namespace vgpu::cudart::api
