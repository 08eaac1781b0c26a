#include "shims/cuda/texture_reference.h"

#include <algorithm>
#include <cstring>

#include "shims/cuda/api.h"
#include "shims/cuda/array.h"
#include "shims/cuda/driver.h"

namespace vgpu::cuda {
namespace {

using texture::ObjectKind;

// Null for a handle that is not alive, or whose module is not.
template <class Handle>
std::shared_ptr<ImageReference> find_reference(Handle handle, ObjectKind kind) {
  auto reference = driver().references.find(reinterpret_cast<CUtexref>(handle));
  return reference == nullptr || reference->kind != kind || reference->module.expired() ? nullptr : reference;
}

template <class Handle>
CUresult get_reference(Handle* handle, CUmodule module_handle, const char* name, ObjectKind kind) {
  if (handle == nullptr || name == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto module = driver().modules.find(module_handle);
  if (module == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  std::uint64_t address = 0, size = 0;
  const gpu::Status status = module->context->backend->find_variable(*module->object, name, address, size);
  if (status != gpu::Status::Success) return to_result(status);
  if (size != sizeof(std::uint64_t)) return CUDA_ERROR_NOT_FOUND;
  driver().references.remove_if([](const ImageReference& known) { return known.module.expired(); });
  for (const auto& known : driver().references.all()) {
    if (known->variable != address || known->module.lock() != module || known->kind != kind) continue;
    *handle = reinterpret_cast<Handle>(known.get());
    return CUDA_SUCCESS;
  }
  auto reference = std::make_shared<ImageReference>();
  reference->module = module;
  reference->context = module->context;
  reference->kind = kind;
  reference->variable = address;
  *handle = reinterpret_cast<Handle>(driver().references.insert(std::move(reference)));
  return CUDA_SUCCESS;
}

// Makes the object that the reference describes, and shows it to kernels that are launched from now on.
CUresult rebind(ImageReference& reference) {
  if (!reference.bound) return CUDA_SUCCESS;
  texture::Texture texture;
  const CUresult result = reference.kind == ObjectKind::Texture
                              ? describe_texture(reference.resource, reference.sampling, texture)
                              : describe_surface(reference.resource, texture);
  const bool complete = result == CUDA_SUCCESS;
  auto object = complete ? std::make_shared<ImageObject>(*reference.context, reference.kind, texture,
                                                         reference.resource, reference.sampling)
                         : nullptr;
  reference.context->backend->wait_all();
  const std::uint64_t handle = complete ? object->handle : 0;
  std::memcpy(reinterpret_cast<void*>(reference.variable), &handle, sizeof handle);
  reference.object = std::move(object);
  return result;
}

// Runs `change(reference)`, then shows kernels what it made. A change that leaves the reference incomplete, such as a
// filter that its flags do not allow yet, is no error: the flags may come next.
template <class Change>
CUresult change_sampling(CUtexref handle, const Change& change) {
  const auto reference = find_reference(handle, ObjectKind::Texture);
  if (reference == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const std::lock_guard lock(reference->mutex);
  change(*reference);
  rebind(*reference);
  return CUDA_SUCCESS;
}

template <class Handle>
CUresult set_array(Handle handle, ObjectKind kind, CUarray array) {
  const auto reference = find_reference(handle, kind);
  if (reference == nullptr || driver().arrays.find(array) == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const std::lock_guard lock(reference->mutex);
  reference->resource = {};
  reference->resource.type = CU_RESOURCE_TYPE_ARRAY;
  reference->resource.array = array;
  reference->bound = true;
  const CUresult result = rebind(*reference);
  return kind == ObjectKind::Surface ? result : CUDA_SUCCESS;
}

template <class Handle>
CUresult get_array(CUarray* array, Handle handle, ObjectKind kind) {
  const auto reference = find_reference(handle, kind);
  if (reference == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const std::lock_guard lock(reference->mutex);
  if (array == nullptr || !reference->bound || reference->resource.type != CU_RESOURCE_TYPE_ARRAY) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *array = reference->resource.array;
  return CUDA_SUCCESS;
}

// Runs `read(reference)` where there is a place for its answer.
template <class Read>
CUresult get_value(const void* place, CUtexref handle, const Read& read) {
  const auto reference = find_reference(handle, ObjectKind::Texture);
  if (reference == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (place == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(reference->mutex);
  read(*reference);
  return CUDA_SUCCESS;
}

}  // namespace

namespace api {

CUresult cuModuleGetTexRef(CUtexref* reference, CUmodule module, const char* name) {
  return get_reference(reference, module, name, ObjectKind::Texture);
}

CUresult cuModuleGetSurfRef(CUsurfref* reference, CUmodule module, const char* name) {
  return get_reference(reference, module, name, ObjectKind::Surface);
}

CUresult cuTexRefSetArray(CUtexref reference, CUarray array, unsigned flags) {
  if (flags != CU_TRSA_OVERRIDE_FORMAT) return CUDA_ERROR_INVALID_VALUE;
  return set_array(reference, ObjectKind::Texture, array);
}

// The texture begins at an address that the device's alignment allows; the caller adds the offset to its coordinates.
CUresult cuTexRefSetAddress_v2(std::size_t* offset, CUtexref handle, CUdeviceptr address, std::size_t size) {
  const auto reference = find_reference(handle, ObjectKind::Texture);
  if (reference == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const std::size_t distance = address % kTextureAlignment;
  if (distance != 0 && offset == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (offset != nullptr) *offset = distance;
  const std::lock_guard lock(reference->mutex);
  reference->resource = {};
  reference->resource.type = CU_RESOURCE_TYPE_LINEAR;
  reference->resource.linear = {address - distance, reference->format, reference->channels, size + distance};
  reference->bound = true;
  return rebind(*reference);
}

CUresult cuTexRefSetAddress2D_v3(CUtexref handle, const CUDA_ARRAY_DESCRIPTOR* descriptor, CUdeviceptr address,
                                 std::size_t pitch) {
  const auto reference = find_reference(handle, ObjectKind::Texture);
  if (reference == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (descriptor == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(reference->mutex);
  reference->resource = {};
  reference->resource.type = CU_RESOURCE_TYPE_PITCH2D;
  reference->resource.pitch2d = {address,           descriptor->format, descriptor->channels,
                                 descriptor->width, descriptor->height, pitch};
  reference->bound = true;
  return rebind(*reference);
}

CUresult cuTexRefSetFormat(CUtexref handle, CUarray_format format, int channels) {
  texture::Format converted;
  const CUresult result = to_format(format, static_cast<unsigned>(channels), converted);
  if (result != CUDA_SUCCESS) return result;
  return change_sampling(handle, [&](ImageReference& reference) {
    reference.format = format;
    reference.channels = converted.channels;
    if (reference.resource.type != CU_RESOURCE_TYPE_LINEAR) return;
    reference.resource.linear.format = format;
    reference.resource.linear.channels = converted.channels;
  });
}

CUresult cuTexRefSetAddressMode(CUtexref handle, int dimension, CUaddress_mode mode) {
  if (dimension < 0 || dimension > 2 || mode < CU_TR_ADDRESS_MODE_WRAP || mode > CU_TR_ADDRESS_MODE_BORDER) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  return change_sampling(handle, [&](ImageReference& reference) { reference.sampling.address_mode[dimension] = mode; });
}

CUresult cuTexRefSetFilterMode(CUtexref handle, CUfilter_mode mode) {
  if (mode != CU_TR_FILTER_MODE_POINT && mode != CU_TR_FILTER_MODE_LINEAR) return CUDA_ERROR_INVALID_VALUE;
  return change_sampling(handle, [&](ImageReference& reference) { reference.sampling.filter_mode = mode; });
}

CUresult cuTexRefSetFlags(CUtexref handle, unsigned flags) {
  constexpr unsigned kKnownFlags =
      CU_TRSF_READ_AS_INTEGER | CU_TRSF_NORMALIZED_COORDINATES | CU_TRSF_SRGB | CU_TRSF_DISABLE_TRILINEAR_OPTIMIZATION;
  if ((flags & ~kKnownFlags) != 0) return CUDA_ERROR_INVALID_VALUE;
  return change_sampling(handle, [&](ImageReference& reference) { reference.sampling.flags = flags; });
}

CUresult cuTexRefSetBorderColor(CUtexref handle, const float* color) {
  if (color == nullptr) return CUDA_ERROR_INVALID_VALUE;
  return change_sampling(handle,
                         [&](ImageReference& reference) { std::copy_n(color, 4, reference.sampling.border_color); });
}

CUresult cuTexRefGetAddress_v2(CUdeviceptr* address, CUtexref handle) {
  const auto reference = find_reference(handle, ObjectKind::Texture);
  if (reference == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const std::lock_guard lock(reference->mutex);
  if (address == nullptr || !reference->bound) return CUDA_ERROR_INVALID_VALUE;
  switch (reference->resource.type) {
    case CU_RESOURCE_TYPE_LINEAR:
      *address = reference->resource.linear.address;
      return CUDA_SUCCESS;
    case CU_RESOURCE_TYPE_PITCH2D:
      *address = reference->resource.pitch2d.address;
      return CUDA_SUCCESS;
    default:
      return CUDA_ERROR_INVALID_VALUE;
  }
}

CUresult cuTexRefGetArray(CUarray* array, CUtexref reference) {
  return get_array(array, reference, ObjectKind::Texture);
}

CUresult cuTexRefGetAddressMode(CUaddress_mode* mode, CUtexref handle, int dimension) {
  if (dimension < 0 || dimension > 2) return CUDA_ERROR_INVALID_VALUE;
  return get_value(mode, handle,
                   [&](const ImageReference& reference) { *mode = reference.sampling.address_mode[dimension]; });
}

CUresult cuTexRefGetFilterMode(CUfilter_mode* mode, CUtexref handle) {
  return get_value(mode, handle, [&](const ImageReference& reference) { *mode = reference.sampling.filter_mode; });
}

CUresult cuTexRefGetFormat(CUarray_format* format, int* channels, CUtexref handle) {
  return get_value(format, handle, [&](const ImageReference& reference) {
    *format = reference.format;
    if (channels != nullptr) *channels = static_cast<int>(reference.channels);
  });
}

CUresult cuTexRefGetFlags(unsigned* flags, CUtexref handle) {
  return get_value(flags, handle, [&](const ImageReference& reference) { *flags = reference.sampling.flags; });
}

CUresult cuTexRefGetBorderColor(float* color, CUtexref handle) {
  return get_value(color, handle,
                   [&](const ImageReference& reference) { std::copy_n(reference.sampling.border_color, 4, color); });
}

CUresult cuSurfRefSetArray(CUsurfref reference, CUarray array, unsigned flags) {
  if (flags != 0) return CUDA_ERROR_INVALID_VALUE;
  return set_array(reference, ObjectKind::Surface, array);
}

CUresult cuSurfRefGetArray(CUarray* array, CUsurfref reference) {
  return get_array(array, reference, ObjectKind::Surface);
}

}  // namespace api
}  // namespace vgpu::cuda
