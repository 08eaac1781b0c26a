#include "shims/cudart/copy.h"

#include "shims/cudart/api.h"
#include "shims/cudart/registration.h"
#include "shims/cudart/state.h"

namespace vgpu::cudart {
namespace {

// Plain copies, the bulk of all, take the driver's short ways.
cudaError_t copy_linear(void* destination, const void* source, std::size_t size, int kind) {
  const CUdeviceptr to = address_of(destination), from = address_of(source);
  switch (kind) {
    case cudaMemcpyHostToDevice:
      return to_error(default_stream_form(cuMemcpyHtoD_v2, cuMemcpyHtoD_v2_ptds)(to, source, size));
    case cudaMemcpyDeviceToHost:
      return to_error(default_stream_form(cuMemcpyDtoH_v2, cuMemcpyDtoH_v2_ptds)(destination, from, size));
    case cudaMemcpyDeviceToDevice:
      return to_error(default_stream_form(cuMemcpyDtoD_v2, cuMemcpyDtoD_v2_ptds)(to, from, size));
    case cudaMemcpyHostToHost:
    case cudaMemcpyDefault:
      return to_error(default_stream_form(cuMemcpy, cuMemcpy_ptds)(to, from, size));
    default:
      return cudaErrorInvalidMemcpyDirection;
  }
}

cudaError_t copy_linear_async(void* destination, const void* source, std::size_t size, int kind, CUstream stream) {
  const CUdeviceptr to = address_of(destination), from = address_of(source);
  const CUstream in = stream_of(stream);
  switch (kind) {
    case cudaMemcpyHostToDevice:
      return to_error(cuMemcpyHtoDAsync_v2(to, source, size, in));
    case cudaMemcpyDeviceToHost:
      return to_error(cuMemcpyDtoHAsync_v2(destination, from, size, in));
    case cudaMemcpyDeviceToDevice:
      return to_error(cuMemcpyDtoDAsync_v2(to, from, size, in));
    case cudaMemcpyHostToHost:
    case cudaMemcpyDefault:
      return to_error(cuMemcpyAsync(to, from, size, in));
    default:
      return cudaErrorInvalidMemcpyDirection;
  }
}

cudaError_t copy_2d(void* destination, std::size_t destination_pitch, const void* source, std::size_t source_pitch,
                    std::size_t width, std::size_t height, int kind, CUDA_MEMCPY2D& copy) {
  CopySides sides;
  const cudaError_t error = sides_of(kind, sides);
  if (error != cudaSuccess) return error;
  if (width > destination_pitch || width > source_pitch) return cudaErrorInvalidPitchValue;
  copy = {};
  copy.source_type = sides.source;
  copy.source_host = source;
  copy.source_device = address_of(source);
  copy.source_pitch = source_pitch;
  copy.destination_type = sides.destination;
  copy.destination_host = destination;
  copy.destination_device = address_of(destination);
  copy.destination_pitch = destination_pitch;
  copy.width = width;
  copy.height = height;
  return cudaSuccess;
}

cudaMemcpy3DParms without_devices(const cudaMemcpy3DPeerParms& parameters) {
  return {.source_array = parameters.source_array,
          .source_position = parameters.source_position,
          .source = parameters.source,
          .destination_array = parameters.destination_array,
          .destination_position = parameters.destination_position,
          .destination = parameters.destination,
          .extent = parameters.extent,
          .kind = cudaMemcpyDeviceToDevice};
}

// With an array, the extent's width counts its elements, and so does the position in it; in memory positions are bytes.
cudaError_t use_arrays(const cudaMemcpy3DParms& parameters, CUDA_MEMCPY3D& copy) {
  std::size_t element = 1;
  if (parameters.source_array != nullptr) {
    const cudaError_t error = element_size(parameters.source_array, element);
    if (error != cudaSuccess) return error;
    copy.source_type = CU_MEMORYTYPE_ARRAY;
    copy.source_array = parameters.source_array;
    copy.source_x *= element;
  }
  if (parameters.destination_array != nullptr) {
    const std::size_t source_element = element;
    const cudaError_t error = element_size(parameters.destination_array, element);
    if (error != cudaSuccess) return error;
    if (parameters.source_array != nullptr && element != source_element) return cudaErrorInvalidValue;
    copy.destination_type = CU_MEMORYTYPE_ARRAY;
    copy.destination_array = parameters.destination_array;
    copy.destination_x *= element;
  }
  copy.width *= element;
  return cudaSuccess;
}

}  // namespace

cudaError_t element_size(CUarray array, std::size_t& bytes) {
  cudaChannelFormatDesc format{};
  const cudaError_t error = api::cudaGetChannelDesc(&format, array);
  bytes = static_cast<std::size_t>(format.x + format.y + format.z + format.w) / 8;
  return error;
}

cudaError_t inside_variable(const void* symbol, std::size_t count, std::size_t offset, void*& address) {
  Variable variable;
  const cudaError_t error = find_variable(symbol, variable);
  if (error != cudaSuccess) return error;
  if (offset > variable.size || count > variable.size - offset) return cudaErrorInvalidValue;
  address = reinterpret_cast<void*>(variable.address + offset);
  return cudaSuccess;
}

cudaError_t sides_of(int kind, CopySides& sides) {
  switch (kind) {
    case cudaMemcpyHostToHost:
      sides = {CU_MEMORYTYPE_HOST, CU_MEMORYTYPE_HOST};
      break;
    case cudaMemcpyHostToDevice:
      sides = {CU_MEMORYTYPE_DEVICE, CU_MEMORYTYPE_HOST};
      break;
    case cudaMemcpyDeviceToHost:
      sides = {CU_MEMORYTYPE_HOST, CU_MEMORYTYPE_DEVICE};
      break;
    case cudaMemcpyDeviceToDevice:
      sides = {CU_MEMORYTYPE_DEVICE, CU_MEMORYTYPE_DEVICE};
      break;
    case cudaMemcpyDefault:
      sides = {CU_MEMORYTYPE_UNIFIED, CU_MEMORYTYPE_UNIFIED};
      break;
    default:
      return cudaErrorInvalidMemcpyDirection;
  }
  return cudaSuccess;
}

cudaMemcpy3DParms linear_copy(void* destination, const void* source, std::size_t size, int kind) {
  cudaMemcpy3DParms parameters{};
  parameters.source = {const_cast<void*>(source), size, size, 1};
  parameters.destination = {destination, size, size, 1};
  parameters.extent = {size, 1, 1};
  parameters.kind = kind;
  return parameters;
}

cudaError_t to_driver_copy(const cudaMemcpy3DParms& parameters, CUDA_MEMCPY3D& copy) {
  CopySides sides;
  const cudaError_t error = sides_of(parameters.kind, sides);
  if (error != cudaSuccess) return error;
  copy = {};
  copy.source_x = parameters.source_position.x;
  copy.source_y = parameters.source_position.y;
  copy.source_z = parameters.source_position.z;
  copy.source_type = sides.source;
  copy.source_host = parameters.source.pointer;
  copy.source_device = address_of(parameters.source.pointer);
  copy.source_pitch = parameters.source.pitch;
  copy.source_height = parameters.source.height;
  copy.destination_x = parameters.destination_position.x;
  copy.destination_y = parameters.destination_position.y;
  copy.destination_z = parameters.destination_position.z;
  copy.destination_type = sides.destination;
  copy.destination_host = parameters.destination.pointer;
  copy.destination_device = address_of(parameters.destination.pointer);
  copy.destination_pitch = parameters.destination.pitch;
  copy.destination_height = parameters.destination.height;
  copy.width = parameters.extent.width;
  copy.height = parameters.extent.height;
  copy.depth = parameters.extent.depth;
  return use_arrays(parameters, copy);
}

namespace api {

cudaError_t cudaMemcpy(void* destination, const void* source, std::size_t count, int kind) {
  return copy_linear(destination, source, count, kind);
}

cudaError_t cudaMemcpyAsync(void* destination, const void* source, std::size_t count, int kind, CUstream stream) {
  return copy_linear_async(destination, source, count, kind, stream);
}

cudaError_t cudaMemcpy2D(void* destination, std::size_t destination_pitch, const void* source, std::size_t source_pitch,
                         std::size_t width, std::size_t height, int kind) {
  CUDA_MEMCPY2D copy;
  const cudaError_t error = copy_2d(destination, destination_pitch, source, source_pitch, width, height, kind, copy);
  if (error != cudaSuccess) return error;
  return to_error(default_stream_form(cuMemcpy2DUnaligned_v2, cuMemcpy2DUnaligned_v2_ptds)(&copy));
}

cudaError_t cudaMemcpy2DAsync(void* destination, std::size_t destination_pitch, const void* source,
                              std::size_t source_pitch, std::size_t width, std::size_t height, int kind,
                              CUstream stream) {
  CUDA_MEMCPY2D copy;
  const cudaError_t error = copy_2d(destination, destination_pitch, source, source_pitch, width, height, kind, copy);
  return error != cudaSuccess ? error : to_error(cuMemcpy2DAsync_v2(&copy, stream_of(stream)));
}

cudaError_t cudaMemcpy3D(const cudaMemcpy3DParms* parameters) {
  if (parameters == nullptr) return cudaErrorInvalidValue;
  CUDA_MEMCPY3D copy;
  const cudaError_t error = to_driver_copy(*parameters, copy);
  return error != cudaSuccess ? error : to_error(default_stream_form(cuMemcpy3D_v2, cuMemcpy3D_v2_ptds)(&copy));
}

cudaError_t cudaMemcpy3DAsync(const cudaMemcpy3DParms* parameters, CUstream stream) {
  if (parameters == nullptr) return cudaErrorInvalidValue;
  CUDA_MEMCPY3D copy;
  const cudaError_t error = to_driver_copy(*parameters, copy);
  return error != cudaSuccess ? error : to_error(cuMemcpy3DAsync_v2(&copy, stream_of(stream)));
}

cudaError_t cudaMemcpy3DPeer(const cudaMemcpy3DPeerParms* parameters) {
  if (parameters == nullptr) return cudaErrorInvalidValue;
  const cudaMemcpy3DParms plain = without_devices(*parameters);
  return cudaMemcpy3D(&plain);
}

cudaError_t cudaMemcpy3DPeerAsync(const cudaMemcpy3DPeerParms* parameters, CUstream stream) {
  if (parameters == nullptr) return cudaErrorInvalidValue;
  const cudaMemcpy3DParms plain = without_devices(*parameters);
  return cudaMemcpy3DAsync(&plain, stream);
}

cudaError_t cudaMemcpyPeer(void* destination, int, const void* source, int, std::size_t count) {
  return copy_linear(destination, source, count, cudaMemcpyDeviceToDevice);
}

cudaError_t cudaMemcpyPeerAsync(void* destination, int, const void* source, int, std::size_t count, CUstream stream) {
  return copy_linear_async(destination, source, count, cudaMemcpyDeviceToDevice, stream);
}

cudaError_t cudaMemset(void* pointer, int value, std::size_t count) {
  return to_error(default_stream_form(cuMemsetD8_v2, cuMemsetD8_v2_ptds)(address_of(pointer),
                                                                         static_cast<unsigned char>(value), count));
}

cudaError_t cudaMemsetAsync(void* pointer, int value, std::size_t count, CUstream stream) {
  return to_error(cuMemsetD8Async(address_of(pointer), static_cast<unsigned char>(value), count, stream_of(stream)));
}

cudaError_t cudaMemset2D(void* pointer, std::size_t pitch, int value, std::size_t width, std::size_t height) {
  return to_error(default_stream_form(cuMemsetD2D8_v2, cuMemsetD2D8_v2_ptds)(
      address_of(pointer), pitch, static_cast<unsigned char>(value), width, height));
}

cudaError_t cudaMemset2DAsync(void* pointer, std::size_t pitch, int value, std::size_t width, std::size_t height,
                              CUstream stream) {
  return to_error(cuMemsetD2D8Async(address_of(pointer), pitch, static_cast<unsigned char>(value), width, height,
                                    stream_of(stream)));
}

cudaError_t cudaMemset3DAsync(cudaPitchedPtr pitched, int value, cudaExtent extent, CUstream stream) {
  auto* slice = static_cast<std::byte*>(pitched.pointer);
  for (std::size_t index = 0; index < extent.depth; ++index, slice += pitched.pitch * pitched.height) {
    const cudaError_t error = cudaMemset2DAsync(slice, pitched.pitch, value, extent.width, extent.height, stream);
    if (error != cudaSuccess) return error;
  }
  return cudaSuccess;
}

cudaError_t cudaMemset3D(cudaPitchedPtr pitched, int value, cudaExtent extent) {
  return cudaMemset3DAsync(pitched, value, extent, nullptr);
}

cudaError_t cudaGetSymbolAddress(void** pointer, const void* symbol) {
  if (pointer == nullptr) return cudaErrorInvalidValue;
  return inside_variable(symbol, 0, 0, *pointer);
}

cudaError_t cudaGetSymbolSize(std::size_t* size, const void* symbol) {
  if (size == nullptr) return cudaErrorInvalidValue;
  Variable variable;
  const cudaError_t error = find_variable(symbol, variable);
  *size = variable.size;
  return error;
}

cudaError_t cudaMemcpyToSymbol(const void* symbol, const void* source, std::size_t count, std::size_t offset,
                               int kind) {
  void* address = nullptr;
  const cudaError_t error = inside_variable(symbol, count, offset, address);
  return error != cudaSuccess ? error : copy_linear(address, source, count, kind);
}

cudaError_t cudaMemcpyToSymbolAsync(const void* symbol, const void* source, std::size_t count, std::size_t offset,
                                    int kind, CUstream stream) {
  void* address = nullptr;
  const cudaError_t error = inside_variable(symbol, count, offset, address);
  return error != cudaSuccess ? error : copy_linear_async(address, source, count, kind, stream);
}

cudaError_t cudaMemcpyFromSymbol(void* destination, const void* symbol, std::size_t count, std::size_t offset,
                                 int kind) {
  void* address = nullptr;
  const cudaError_t error = inside_variable(symbol, count, offset, address);
  return error != cudaSuccess ? error : copy_linear(destination, address, count, kind);
}

cudaError_t cudaMemcpyFromSymbolAsync(void* destination, const void* symbol, std::size_t count, std::size_t offset,
                                      int kind, CUstream stream) {
  void* address = nullptr;
  const cudaError_t error = inside_variable(symbol, count, offset, address);
  return error != cudaSuccess ? error : copy_linear_async(destination, address, count, kind, stream);
}

}  // namespace api
}  // namespace vgpu::cudart
