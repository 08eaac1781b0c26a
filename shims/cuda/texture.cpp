#include "shims/cuda/texture.h"

#include "base/log.h"
#include "shims/cuda/api.h"
#include "shims/cuda/array.h"
#include "shims/cuda/driver.h"

namespace vgpu::cuda {
namespace {

using texture::ObjectKind;

// As the device's attributes say (51, 69 to 72).
constexpr std::size_t kPitchAlignment = 32;
constexpr std::size_t kLargestLinear = 1u << 28;
constexpr std::size_t kLargestPitchWidth = 131072, kLargestPitchHeight = 65000, kLargestPitch = 2097120;

CUresult refuse(const char* what) {
  log(LogLevel::Warn, std::string(what) + ": not supported by this device");
  return CUDA_ERROR_NOT_SUPPORTED;
}

bool is_memory(CUdeviceptr address, std::size_t size) {
  const auto range = driver().memory.find(address);
  return range && range->use != MemoryUse::Array && range->contains(address, size);
}

CUresult describe_linear(const CUDA_RESOURCE_DESC& resource, texture::Image& image) {
  const auto& linear = resource.linear;
  const CUresult result = to_format(linear.format, linear.channels, image.format);
  if (result != CUDA_SUCCESS) return result;
  const std::size_t count = linear.size / image.format.bytes();
  if (count == 0 || count > kLargestLinear || linear.address % kTextureAlignment != 0 ||
      !is_memory(linear.address, linear.size)) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  image.address = linear.address;
  image.layout = texture::Layout::Linear;
  image.width = static_cast<std::uint32_t>(count);
  return CUDA_SUCCESS;
}

CUresult describe_pitch(const CUDA_RESOURCE_DESC& resource, texture::Image& image) {
  const auto& plane = resource.pitch2d;
  const CUresult result = to_format(plane.format, plane.channels, image.format);
  if (result != CUDA_SUCCESS) return result;
  if (plane.width == 0 || plane.height == 0 || plane.width > kLargestPitchWidth || plane.height > kLargestPitchHeight ||
      plane.pitch > kLargestPitch || plane.pitch % kPitchAlignment != 0 ||
      plane.pitch < plane.width * image.format.bytes() || plane.address % kTextureAlignment != 0 ||
      !is_memory(plane.address, plane.pitch * (plane.height - 1) + plane.width * image.format.bytes())) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  image.address = plane.address;
  image.layout = texture::Layout::Pitch;
  image.width = static_cast<std::uint32_t>(plane.width);
  image.height = static_cast<std::uint32_t>(plane.height);
  image.pitch = plane.pitch;
  return CUDA_SUCCESS;
}

CUresult describe_image(const CUDA_RESOURCE_DESC& resource, texture::Image& image) {
  if (resource.flags != 0) return CUDA_ERROR_INVALID_VALUE;
  switch (resource.type) {
    case CU_RESOURCE_TYPE_ARRAY: {
      const auto array = driver().arrays.find(resource.array);
      if (array == nullptr) return CUDA_ERROR_INVALID_HANDLE;
      image = array->image();
      return CUDA_SUCCESS;
    }
    case CU_RESOURCE_TYPE_LINEAR:
      return describe_linear(resource, image);
    case CU_RESOURCE_TYPE_PITCH2D:
      return describe_pitch(resource, image);
    case CU_RESOURCE_TYPE_MIPMAPPED_ARRAY:
      return refuse("textures of mipmapped arrays");
    default:
      return CUDA_ERROR_INVALID_VALUE;
  }
}

CUresult describe_sampling(const CUDA_TEXTURE_DESC& wanted, texture::Texture& texture) {
  constexpr unsigned kKnownFlags = CU_TRSF_READ_AS_INTEGER | CU_TRSF_NORMALIZED_COORDINATES | CU_TRSF_SRGB |
                                   CU_TRSF_DISABLE_TRILINEAR_OPTIMIZATION | CU_TRSF_SEAMLESS_CUBEMAP;
  if ((wanted.flags & ~kKnownFlags) != 0) return CUDA_ERROR_INVALID_VALUE;
  if (wanted.filter_mode != CU_TR_FILTER_MODE_POINT && wanted.filter_mode != CU_TR_FILTER_MODE_LINEAR) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  texture::Sampling& sampling = texture.sampling;
  for (unsigned axis = 0; axis < sampling.address.size(); ++axis) {
    using texture::AddressMode;
    constexpr AddressMode kModes[] = {AddressMode::Wrap, AddressMode::Clamp, AddressMode::Mirror, AddressMode::Border};
    const CUaddress_mode mode = wanted.address_mode[axis];
    if (mode < CU_TR_ADDRESS_MODE_WRAP || mode > CU_TR_ADDRESS_MODE_BORDER) return CUDA_ERROR_INVALID_VALUE;
    sampling.address[axis] = kModes[mode];
    sampling.border[axis] = wanted.border_color[axis];
  }
  sampling.border[3] = wanted.border_color[3];
  sampling.linear = wanted.filter_mode == CU_TR_FILTER_MODE_LINEAR;
  sampling.normalized = (wanted.flags & CU_TRSF_NORMALIZED_COORDINATES) != 0;
  sampling.integers = (wanted.flags & CU_TRSF_READ_AS_INTEGER) != 0;
  sampling.srgb = (wanted.flags & CU_TRSF_SRGB) != 0;
  // Integers have no value between two of them.
  return sampling.linear && texture.returns_integers() ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult create(ObjectKind kind, const texture::Texture& texture, const CUDA_RESOURCE_DESC& resource,
                const CUDA_TEXTURE_DESC& sampling, std::uint64_t& handle) {
  auto object = std::make_shared<ImageObject>(*current_context(), kind, texture, resource, sampling);
  if (object->handle == 0) return CUDA_ERROR_OUT_OF_MEMORY;
  handle = object->handle;
  driver().images.insert(std::move(object));
  return CUDA_SUCCESS;
}

// Work that has been queued may still use the object.
CUresult destroy(std::uint64_t handle, ObjectKind kind) {
  const auto object = driver().images.find(handle, kind);
  if (object == nullptr) return CUDA_ERROR_INVALID_VALUE;
  object->context->backend->wait_all();
  driver().images.remove(handle, kind);
  return CUDA_SUCCESS;
}

CUresult get_resource(CUDA_RESOURCE_DESC* resource, std::uint64_t handle, ObjectKind kind) {
  const auto object = driver().images.find(handle, kind);
  if (object == nullptr || resource == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *resource = object->resource;
  return CUDA_SUCCESS;
}

}  // namespace

ImageObject::ImageObject(Context& of_context, texture::ObjectKind of_kind, const texture::Texture& texture,
                         const CUDA_RESOURCE_DESC& of_resource, const CUDA_TEXTURE_DESC& with_sampling)
    : context(&of_context),
      kind(of_kind),
      resource(of_resource),
      sampling(with_sampling),
      handle(texture::add_object(of_kind, texture)) {}

ImageObject::~ImageObject() {
  if (handle != 0) texture::remove_object(kind, handle);
}

CUresult describe_texture(const CUDA_RESOURCE_DESC& resource, const CUDA_TEXTURE_DESC& sampling,
                          texture::Texture& texture) {
  const CUresult result = describe_image(resource, texture.image);
  return result != CUDA_SUCCESS ? result : describe_sampling(sampling, texture);
}

CUresult describe_surface(const CUDA_RESOURCE_DESC& resource, texture::Texture& surface) {
  if (resource.type != CU_RESOURCE_TYPE_ARRAY || resource.flags != 0) return CUDA_ERROR_INVALID_VALUE;
  const auto array = driver().arrays.find(resource.array);
  if (array == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if ((array->descriptor.flags & CUDA_ARRAY3D_SURFACE_LDST) == 0) return CUDA_ERROR_INVALID_VALUE;
  surface.image = array->image();
  return CUDA_SUCCESS;
}

void ImageObjects::insert(std::shared_ptr<ImageObject> object) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t handle = object->handle;
  objects_.emplace(handle, std::move(object));
}

std::shared_ptr<ImageObject> ImageObjects::find(std::uint64_t handle, ObjectKind kind) const {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(handle);
  return found == objects_.end() || found->second->kind != kind ? nullptr : found->second;
}

std::shared_ptr<ImageObject> ImageObjects::remove(std::uint64_t handle, ObjectKind kind) {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(handle);
  if (found == objects_.end() || found->second->kind != kind) return nullptr;
  auto object = std::move(found->second);
  objects_.erase(found);
  return object;
}

void ImageObjects::remove_all(const Context& context) {
  const std::lock_guard lock(mutex_);
  std::erase_if(objects_, [&](const auto& entry) { return entry.second->context == &context; });
}

namespace api {

CUresult cuDeviceGetTexture1DLinearMaxWidth(std::size_t* width, CUarray_format format, unsigned channels,
                                            CUdevice device) {
  if (width == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (find_device(device) == nullptr) return CUDA_ERROR_INVALID_DEVICE;
  texture::Format converted;
  const CUresult result = to_format(format, channels, converted);
  if (result == CUDA_SUCCESS) *width = kLargestLinear;
  return result;
}

CUresult cuTexObjectCreate(CUtexObject* object, const CUDA_RESOURCE_DESC* resource, const CUDA_TEXTURE_DESC* sampling,
                           const CUDA_RESOURCE_VIEW_DESC* view) {
  if (object == nullptr || resource == nullptr || sampling == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (view != nullptr) return refuse("resource views of textures");
  texture::Texture texture;
  const CUresult result = describe_texture(*resource, *sampling, texture);
  return result != CUDA_SUCCESS ? result : create(ObjectKind::Texture, texture, *resource, *sampling, *object);
}

CUresult cuTexObjectDestroy(CUtexObject object) {
  return destroy(object, ObjectKind::Texture);
}

CUresult cuTexObjectGetResourceDesc(CUDA_RESOURCE_DESC* resource, CUtexObject object) {
  return get_resource(resource, object, ObjectKind::Texture);
}

CUresult cuTexObjectGetTextureDesc(CUDA_TEXTURE_DESC* sampling, CUtexObject handle) {
  const auto object = driver().images.find(handle, ObjectKind::Texture);
  if (object == nullptr || sampling == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *sampling = object->sampling;
  return CUDA_SUCCESS;
}

// No object has a view: cuTexObjectCreate refuses them.
CUresult cuTexObjectGetResourceViewDesc(CUDA_RESOURCE_VIEW_DESC*, CUtexObject) {
  return CUDA_ERROR_INVALID_VALUE;
}

CUresult cuSurfObjectCreate(CUsurfObject* object, const CUDA_RESOURCE_DESC* resource) {
  if (object == nullptr || resource == nullptr) return CUDA_ERROR_INVALID_VALUE;
  texture::Texture surface;
  const CUresult result = describe_surface(*resource, surface);
  return result != CUDA_SUCCESS ? result : create(ObjectKind::Surface, surface, *resource, {}, *object);
}

CUresult cuSurfObjectDestroy(CUsurfObject object) {
  return destroy(object, ObjectKind::Surface);
}

CUresult cuSurfObjectGetResourceDesc(CUDA_RESOURCE_DESC* resource, CUsurfObject object) {
  return get_resource(resource, object, ObjectKind::Surface);
}

}  // namespace api
}  // namespace vgpu::cuda
