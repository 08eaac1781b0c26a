#include "shims/cuda/copy.h"

#include <cstring>

#include "shims/cuda/api.h"
#include "shims/cuda/array.h"
#include "shims/cuda/graph.h"

namespace vgpu::cuda {
namespace {

enum class Side { Any, Host, Device };

// InvalidValue for a range that leaves the allocation it begins in, or that must be the device's and is not.
CUresult check_range(CUdeviceptr address, std::uint64_t size, Side side) {
  const auto range = driver().memory.find(address);
  if (!range && side == Side::Device) {
    return current_context()->backend->heap_contains(address, size) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
  }
  if (!range) return address == 0 ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
  return range->contains(address, size) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

bool pageable(CUdeviceptr address) {
  return !driver().memory.find(address);
}

// Bytes from the first to the last byte of a copy's side.
std::uint64_t extent(const gpu::CopyWork& work, std::uint64_t pitch, std::uint64_t slice_pitch) {
  return (work.depth - 1) * slice_pitch + (work.height - 1) * pitch + work.width;
}

CUresult check_copy(const gpu::CopyWork& work, Side destination, Side source) {
  const CUresult result =
      check_range(work.destination, extent(work, work.destination_pitch, work.destination_slice_pitch), destination);
  if (result != CUDA_SUCCESS) return result;
  return check_range(work.source, extent(work, work.source_pitch, work.source_slice_pitch), source);
}

// Small copies from pageable memory are staged, so that the call need not wait and the caller may reuse the source.
constexpr std::uint64_t kLargestStagedCopy = 64 * 1024;

CUresult submit_staged(Stream& stream, const gpu::CopyWork& work) {
  const auto* source = reinterpret_cast<const std::byte*>(work.source);
  std::vector<std::byte> staged(source, source + work.width);
  return submit(stream, gpu::TaskWork{"copy from pageable memory", [staged = std::move(staged), to = work.destination] {
                                        std::memcpy(reinterpret_cast<void*>(to), staged.data(), staged.size());
                                      }});
}

CUresult copy(const gpu::CopyWork& work, Side destination, Side source, CUstream handle, bool asynchronous) {
  if (work.width == 0 || work.height == 0 || work.depth == 0) return CUDA_SUCCESS;
  const auto stream = find_stream(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  CUresult result = check_copy(work, destination, source);
  if (result != CUDA_SUCCESS) return result;
  const bool captured = stream->capturing;
  if (captured && !asynchronous) return synchronize(*stream);
  const bool from_pageable = pageable(work.source);
  if (asynchronous && !captured && from_pageable && work.height == 1 && work.depth == 1 &&
      work.width <= kLargestStagedCopy && !pageable(work.destination)) {
    return submit_staged(*stream, work);
  }
  result = submit(*stream, work);
  if (result != CUDA_SUCCESS || captured) return result;
  return !asynchronous || from_pageable || pageable(work.destination) ? synchronize(*stream) : CUDA_SUCCESS;
}

gpu::CopyWork linear(CUdeviceptr destination, CUdeviceptr source, std::size_t size) {
  return {.destination = destination, .source = source, .width = size};
}

CUdeviceptr address_of(const void* pointer) {
  return reinterpret_cast<CUdeviceptr>(pointer);
}

CUresult fill(CUdeviceptr destination, std::size_t pitch, unsigned value, std::uint8_t element_size, std::size_t count,
              std::size_t height, CUstream handle, bool asynchronous) {
  if (count == 0 || height == 0) return CUDA_SUCCESS;
  const auto stream = find_stream(handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  std::size_t row = 0;
  if (__builtin_mul_overflow(count, std::size_t{element_size}, &row) || destination % element_size != 0 ||
      (height > 1 && (pitch < row || pitch % element_size != 0))) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  const CUresult result = check_range(destination, (height - 1) * pitch + row, Side::Device);
  if (result != CUDA_SUCCESS) return result;
  if (stream->capturing && !asynchronous) return synchronize(*stream);
  // Fills of device memory do not wait, in CUDA either, unless the memory is the host's.
  const CUresult submitted = submit(*stream, gpu::FillWork{.destination = destination,
                                                           .value = value,
                                                           .element_size = element_size,
                                                           .count = count,
                                                           .height = height,
                                                           .pitch = pitch});
  if (submitted != CUDA_SUCCESS || asynchronous) return submitted;
  const auto range = driver().memory.find(destination);
  return range && range->on_host() ? synchronize(*stream) : CUDA_SUCCESS;
}

Side side_of(CUmemorytype type) {
  return type == CU_MEMORYTYPE_HOST ? Side::Host : type == CU_MEMORYTYPE_DEVICE ? Side::Device : Side::Any;
}

// One end of a copy as CUDA_MEMCPY3D describes it; x and the pitch are bytes, y and z rows and slices.
struct CopySide {
  CUmemorytype type;
  const void* host;
  CUdeviceptr device;
  CUarray array;
  std::size_t x, y, z, pitch, height;
};

bool has_part(std::size_t whole, std::size_t first, std::size_t count) {
  return first <= whole && count <= whole - first;
}

CUresult place_in_array(const CopySide& side, const gpu::CopyWork& work, std::uint64_t& address, std::uint64_t& pitch,
                        std::uint64_t& slice_pitch) {
  const auto array = driver().arrays.find(side.array);
  if (array == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (!has_part(array->row_bytes(), side.x, work.width) || !has_part(array->rows(), side.y, work.height) ||
      !has_part(array->slices(), side.z, work.depth)) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  pitch = array->row_bytes();
  slice_pitch = array->slice_bytes();
  address = array->address + side.z * slice_pitch + side.y * pitch + side.x;
  return CUDA_SUCCESS;
}

CUresult place(const CopySide& side, const gpu::CopyWork& work, std::uint64_t& address, std::uint64_t& pitch,
               std::uint64_t& slice_pitch) {
  if (side.type == CU_MEMORYTYPE_ARRAY) return place_in_array(side, work, address, pitch, slice_pitch);
  if (side.type < CU_MEMORYTYPE_HOST || side.type > CU_MEMORYTYPE_UNIFIED) return CUDA_ERROR_INVALID_VALUE;
  // A pitch of 0 means rows without gaps, a height of 0 slices without.
  pitch = side.pitch != 0 ? side.pitch : work.width;
  slice_pitch = pitch * (side.height != 0 ? side.height : work.height);
  if (work.height > 1 && pitch < work.width) return CUDA_ERROR_INVALID_VALUE;
  const CUdeviceptr start = side.type == CU_MEMORYTYPE_HOST ? address_of(side.host) : side.device;
  address = start + side.z * slice_pitch + side.y * pitch + side.x;
  return CUDA_SUCCESS;
}

// Bytes of an array as a plain range: its rows follow each other without gaps.
CUresult part_of_array(CUarray handle, std::size_t offset, std::size_t size, CUdeviceptr& address) {
  const auto array = driver().arrays.find(handle);
  if (array == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (!has_part(array->bytes(), offset, size)) return CUDA_ERROR_INVALID_VALUE;
  address = array->address + offset;
  return CUDA_SUCCESS;
}

CUresult copy_to_array(CUarray array, std::size_t offset, CUdeviceptr source, std::size_t size, Side side,
                       CUstream stream, bool asynchronous) {
  CUdeviceptr destination = 0;
  const CUresult result = part_of_array(array, offset, size, destination);
  if (result != CUDA_SUCCESS) return result;
  return copy(linear(destination, source, size), Side::Device, side, stream, asynchronous);
}

CUresult copy_from_array(CUdeviceptr destination, CUarray array, std::size_t offset, std::size_t size, Side side,
                         CUstream stream, bool asynchronous) {
  CUdeviceptr source = 0;
  const CUresult result = part_of_array(array, offset, size, source);
  if (result != CUDA_SUCCESS) return result;
  return copy(linear(destination, source, size), side, Side::Device, stream, asynchronous);
}

CUresult copy_3d(const CUDA_MEMCPY3D* parameters, CUstream stream, bool asynchronous) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  gpu::CopyWork work;
  const CUresult result = make_copy(*parameters, work);
  if (result != CUDA_SUCCESS) return result;
  return copy(work, side_of(parameters->destination_type), side_of(parameters->source_type), stream, asynchronous);
}

CUresult copy_2d(const CUDA_MEMCPY2D* parameters, CUstream stream, bool asynchronous) {
  if (parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
  CUDA_MEMCPY3D whole{};
  whole.source_x = parameters->source_x;
  whole.source_y = parameters->source_y;
  whole.source_type = parameters->source_type;
  whole.source_host = parameters->source_host;
  whole.source_device = parameters->source_device;
  whole.source_array = parameters->source_array;
  whole.source_pitch = parameters->source_pitch;
  whole.destination_x = parameters->destination_x;
  whole.destination_y = parameters->destination_y;
  whole.destination_type = parameters->destination_type;
  whole.destination_host = parameters->destination_host;
  whole.destination_device = parameters->destination_device;
  whole.destination_array = parameters->destination_array;
  whole.destination_pitch = parameters->destination_pitch;
  whole.width = parameters->width;
  whole.height = parameters->height;
  whole.depth = 1;
  return copy_3d(&whole, stream, asynchronous);
}

}  // namespace

CUresult make_copy(const CUDA_MEMCPY3D& parameters, gpu::CopyWork& work) {
  const CopySide source{.type = parameters.source_type,
                        .host = parameters.source_host,
                        .device = parameters.source_device,
                        .array = parameters.source_array,
                        .x = parameters.source_x,
                        .y = parameters.source_y,
                        .z = parameters.source_z,
                        .pitch = parameters.source_pitch,
                        .height = parameters.source_height};
  const CopySide destination{.type = parameters.destination_type,
                             .host = parameters.destination_host,
                             .device = parameters.destination_device,
                             .array = parameters.destination_array,
                             .x = parameters.destination_x,
                             .y = parameters.destination_y,
                             .z = parameters.destination_z,
                             .pitch = parameters.destination_pitch,
                             .height = parameters.destination_height};
  work.width = parameters.width;
  work.height = parameters.height;
  work.depth = parameters.depth;
  const CUresult result = place(source, work, work.source, work.source_pitch, work.source_slice_pitch);
  if (result != CUDA_SUCCESS) return result;
  return place(destination, work, work.destination, work.destination_pitch, work.destination_slice_pitch);
}

namespace api {

CUresult cuMemcpy(CUdeviceptr destination, CUdeviceptr source, std::size_t size) {
  return copy(linear(destination, source, size), Side::Any, Side::Any, nullptr, false);
}
CUresult cuMemcpyAsync(CUdeviceptr destination, CUdeviceptr source, std::size_t size, CUstream stream) {
  return copy(linear(destination, source, size), Side::Any, Side::Any, stream, true);
}
CUresult cuMemcpyHtoD_v2(CUdeviceptr destination, const void* source, std::size_t size) {
  return copy(linear(destination, address_of(source), size), Side::Device, Side::Host, nullptr, false);
}
CUresult cuMemcpyDtoH_v2(void* destination, CUdeviceptr source, std::size_t size) {
  return copy(linear(address_of(destination), source, size), Side::Host, Side::Device, nullptr, false);
}
CUresult cuMemcpyDtoD_v2(CUdeviceptr destination, CUdeviceptr source, std::size_t size) {
  return copy(linear(destination, source, size), Side::Device, Side::Device, nullptr, false);
}
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr destination, const void* source, std::size_t size, CUstream stream) {
  return copy(linear(destination, address_of(source), size), Side::Device, Side::Host, stream, true);
}
CUresult cuMemcpyDtoHAsync_v2(void* destination, CUdeviceptr source, std::size_t size, CUstream stream) {
  return copy(linear(address_of(destination), source, size), Side::Host, Side::Device, stream, true);
}
CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr destination, CUdeviceptr source, std::size_t size, CUstream stream) {
  return copy(linear(destination, source, size), Side::Device, Side::Device, stream, true);
}

CUresult cuMemcpyDtoA_v2(CUarray destination, std::size_t offset, CUdeviceptr source, std::size_t size) {
  return copy_to_array(destination, offset, source, size, Side::Device, nullptr, false);
}
CUresult cuMemcpyAtoD_v2(CUdeviceptr destination, CUarray source, std::size_t offset, std::size_t size) {
  return copy_from_array(destination, source, offset, size, Side::Device, nullptr, false);
}
CUresult cuMemcpyHtoA_v2(CUarray destination, std::size_t offset, const void* source, std::size_t size) {
  return copy_to_array(destination, offset, address_of(source), size, Side::Host, nullptr, false);
}
CUresult cuMemcpyAtoH_v2(void* destination, CUarray source, std::size_t offset, std::size_t size) {
  return copy_from_array(address_of(destination), source, offset, size, Side::Host, nullptr, false);
}
CUresult cuMemcpyAtoA_v2(CUarray destination, std::size_t destination_offset, CUarray source, std::size_t source_offset,
                         std::size_t size) {
  CUdeviceptr from = 0;
  const CUresult result = part_of_array(source, source_offset, size, from);
  if (result != CUDA_SUCCESS) return result;
  return copy_to_array(destination, destination_offset, from, size, Side::Device, nullptr, false);
}
CUresult cuMemcpyHtoAAsync_v2(CUarray destination, std::size_t offset, const void* source, std::size_t size,
                              CUstream stream) {
  return copy_to_array(destination, offset, address_of(source), size, Side::Host, stream, true);
}
CUresult cuMemcpyAtoHAsync_v2(void* destination, CUarray source, std::size_t offset, std::size_t size,
                              CUstream stream) {
  return copy_from_array(address_of(destination), source, offset, size, Side::Host, stream, true);
}

CUresult cuMemcpyPeer(CUdeviceptr destination, CUcontext, CUdeviceptr source, CUcontext, std::size_t size) {
  return cuMemcpyDtoD_v2(destination, source, size);
}
CUresult cuMemcpyPeerAsync(CUdeviceptr destination, CUcontext, CUdeviceptr source, CUcontext, std::size_t size,
                           CUstream stream) {
  return cuMemcpyDtoDAsync_v2(destination, source, size, stream);
}

CUresult cuMemcpy2D_v2(const CUDA_MEMCPY2D* parameters) {
  return copy_2d(parameters, nullptr, false);
}
CUresult cuMemcpy2DUnaligned_v2(const CUDA_MEMCPY2D* parameters) {
  return copy_2d(parameters, nullptr, false);
}
CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D* parameters, CUstream stream) {
  return copy_2d(parameters, stream, true);
}
CUresult cuMemcpy3D_v2(const CUDA_MEMCPY3D* parameters) {
  return copy_3d(parameters, nullptr, false);
}
CUresult cuMemcpy3DAsync_v2(const CUDA_MEMCPY3D* parameters, CUstream stream) {
  return copy_3d(parameters, stream, true);
}
CUresult cuMemcpy3DPeer(const CUDA_MEMCPY3D_PEER* parameters) {
  return copy_3d(parameters, nullptr, false);
}
CUresult cuMemcpy3DPeerAsync(const CUDA_MEMCPY3D_PEER* parameters, CUstream stream) {
  return copy_3d(parameters, stream, true);
}

CUresult cuMemsetD8_v2(CUdeviceptr destination, unsigned char value, std::size_t count) {
  return fill(destination, 0, value, 1, count, 1, nullptr, false);
}
CUresult cuMemsetD16_v2(CUdeviceptr destination, unsigned short value, std::size_t count) {
  return fill(destination, 0, value, 2, count, 1, nullptr, false);
}
CUresult cuMemsetD32_v2(CUdeviceptr destination, unsigned value, std::size_t count) {
  return fill(destination, 0, value, 4, count, 1, nullptr, false);
}
CUresult cuMemsetD2D8_v2(CUdeviceptr destination, std::size_t pitch, unsigned char value, std::size_t width,
                         std::size_t height) {
  return fill(destination, pitch, value, 1, width, height, nullptr, false);
}
CUresult cuMemsetD2D16_v2(CUdeviceptr destination, std::size_t pitch, unsigned short value, std::size_t width,
                          std::size_t height) {
  return fill(destination, pitch, value, 2, width, height, nullptr, false);
}
CUresult cuMemsetD2D32_v2(CUdeviceptr destination, std::size_t pitch, unsigned value, std::size_t width,
                          std::size_t height) {
  return fill(destination, pitch, value, 4, width, height, nullptr, false);
}
CUresult cuMemsetD8Async(CUdeviceptr destination, unsigned char value, std::size_t count, CUstream stream) {
  return fill(destination, 0, value, 1, count, 1, stream, true);
}
CUresult cuMemsetD16Async(CUdeviceptr destination, unsigned short value, std::size_t count, CUstream stream) {
  return fill(destination, 0, value, 2, count, 1, stream, true);
}
CUresult cuMemsetD32Async(CUdeviceptr destination, unsigned value, std::size_t count, CUstream stream) {
  return fill(destination, 0, value, 4, count, 1, stream, true);
}
CUresult cuMemsetD2D8Async(CUdeviceptr destination, std::size_t pitch, unsigned char value, std::size_t width,
                           std::size_t height, CUstream stream) {
  return fill(destination, pitch, value, 1, width, height, stream, true);
}
CUresult cuMemsetD2D16Async(CUdeviceptr destination, std::size_t pitch, unsigned short value, std::size_t width,
                            std::size_t height, CUstream stream) {
  return fill(destination, pitch, value, 2, width, height, stream, true);
}
CUresult cuMemsetD2D32Async(CUdeviceptr destination, std::size_t pitch, unsigned value, std::size_t width,
                            std::size_t height, CUstream stream) {
  return fill(destination, pitch, value, 4, width, height, stream, true);
}

}  // namespace api
}  // namespace vgpu::cuda
