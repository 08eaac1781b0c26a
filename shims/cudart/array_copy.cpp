#include <algorithm>

#include "shims/cudart/api.h"
#include "shims/cudart/copy.h"
#include "shims/cudart/state.h"

// Copies with arrays that are not cudaMemcpy3D.
namespace vgpu::cudart::api {
namespace {

// How a copy is to be queued: in the default stream, waiting for it, or in a stream.
struct Queue {
  bool asynchronous = false;
  CUstream stream = nullptr;
};

cudaError_t submit(const CUDA_MEMCPY2D& copy, Queue queue) {
  return to_error(queue.asynchronous ? cuMemcpy2DAsync_v2(&copy, stream_of(queue.stream))
                                     : default_stream_form(cuMemcpy2DUnaligned_v2, cuMemcpy2DUnaligned_v2_ptds)(&copy));
}

// A rectangle between an array and memory.
struct Rectangle {
  CUarray array;
  std::size_t x, y;  // bytes, rows
  const void* memory;
  std::size_t pitch, width, height;  // bytes, bytes, rows
  int kind;
};

cudaError_t copy_to_array(const Rectangle& part, Queue queue) {
  CopySides sides;
  const cudaError_t error = sides_of(part.kind, sides);
  if (error != cudaSuccess) return error;
  if (sides.destination == CU_MEMORYTYPE_HOST) return cudaErrorInvalidMemcpyDirection;
  if (part.pitch < part.width && part.height > 1) return cudaErrorInvalidPitchValue;
  CUDA_MEMCPY2D copy{};
  copy.source_type = sides.source;
  copy.source_host = part.memory;
  copy.source_device = address_of(part.memory);
  copy.source_pitch = part.pitch;
  copy.destination_type = CU_MEMORYTYPE_ARRAY;
  copy.destination_array = part.array;
  copy.destination_x = part.x;
  copy.destination_y = part.y;
  copy.width = part.width;
  copy.height = part.height;
  return submit(copy, queue);
}

cudaError_t copy_from_array(const Rectangle& part, Queue queue) {
  CopySides sides;
  const cudaError_t error = sides_of(part.kind, sides);
  if (error != cudaSuccess) return error;
  if (sides.source == CU_MEMORYTYPE_HOST) return cudaErrorInvalidMemcpyDirection;
  if (part.pitch < part.width && part.height > 1) return cudaErrorInvalidPitchValue;
  CUDA_MEMCPY2D copy{};
  copy.source_type = CU_MEMORYTYPE_ARRAY;
  copy.source_array = part.array;
  copy.source_x = part.x;
  copy.source_y = part.y;
  copy.destination_type = sides.destination;
  copy.destination_host = const_cast<void*>(part.memory);
  copy.destination_device = address_of(part.memory);
  copy.destination_pitch = part.pitch;
  copy.width = part.width;
  copy.height = part.height;
  return submit(copy, queue);
}

cudaError_t row_bytes(CUarray array, std::size_t& bytes) {
  cudaChannelFormatDesc format{};
  cudaExtent extent{};
  const cudaError_t error = cudaArrayGetInfo(&format, &extent, nullptr, array);
  bytes = extent.width * static_cast<std::size_t>(format.x + format.y + format.z + format.w) / 8;
  return error;
}

// `size` bytes that go on in the next row where one ends: the rest of the first row, whole rows, the last row's begin.
template <class Copy>
cudaError_t for_each_part(Rectangle whole, std::size_t size, const Copy& copy) {
  std::size_t row = 0;
  cudaError_t error = row_bytes(whole.array, row);
  if (error != cudaSuccess) return error;
  if (whole.x >= row && size != 0) return cudaErrorInvalidValue;
  const auto* memory = static_cast<const std::byte*>(whole.memory);
  while (size != 0 && error == cudaSuccess) {
    Rectangle part = whole;
    part.memory = memory;
    const bool whole_rows = whole.x == 0 && size >= row;
    part.width = whole_rows ? row : std::min(size, row - whole.x);
    part.height = whole_rows ? size / row : 1;
    part.pitch = part.width;
    error = copy(part);
    whole.x = 0;
    whole.y += part.height;
    memory += part.width * part.height;
    size -= part.width * part.height;
  }
  return error;
}

cudaError_t copy_run_to_array(const Rectangle& whole, std::size_t size, Queue queue) {
  return for_each_part(whole, size, [&](const Rectangle& part) { return copy_to_array(part, queue); });
}

cudaError_t copy_run_from_array(const Rectangle& whole, std::size_t size, Queue queue) {
  return for_each_part(whole, size, [&](const Rectangle& part) { return copy_from_array(part, queue); });
}

}  // namespace

cudaError_t cudaMemcpy2DToArray(CUarray destination, std::size_t x, std::size_t y, const void* source,
                                std::size_t pitch, std::size_t width, std::size_t height, int kind) {
  return copy_to_array({destination, x, y, source, pitch, width, height, kind}, {});
}

cudaError_t cudaMemcpy2DToArrayAsync(CUarray destination, std::size_t x, std::size_t y, const void* source,
                                     std::size_t pitch, std::size_t width, std::size_t height, int kind,
                                     CUstream stream) {
  return copy_to_array({destination, x, y, source, pitch, width, height, kind}, {true, stream});
}

cudaError_t cudaMemcpy2DFromArray(void* destination, std::size_t pitch, CUarray source, std::size_t x, std::size_t y,
                                  std::size_t width, std::size_t height, int kind) {
  return copy_from_array({source, x, y, destination, pitch, width, height, kind}, {});
}

cudaError_t cudaMemcpy2DFromArrayAsync(void* destination, std::size_t pitch, CUarray source, std::size_t x,
                                       std::size_t y, std::size_t width, std::size_t height, int kind,
                                       CUstream stream) {
  return copy_from_array({source, x, y, destination, pitch, width, height, kind}, {true, stream});
}

cudaError_t cudaMemcpyToArray(CUarray destination, std::size_t x, std::size_t y, const void* source, std::size_t size,
                              int kind) {
  return copy_run_to_array({destination, x, y, source, 0, 0, 0, kind}, size, {});
}

cudaError_t cudaMemcpyToArrayAsync(CUarray destination, std::size_t x, std::size_t y, const void* source,
                                   std::size_t size, int kind, CUstream stream) {
  return copy_run_to_array({destination, x, y, source, 0, 0, 0, kind}, size, {true, stream});
}

cudaError_t cudaMemcpyFromArray(void* destination, CUarray source, std::size_t x, std::size_t y, std::size_t size,
                                int kind) {
  return copy_run_from_array({source, x, y, destination, 0, 0, 0, kind}, size, {});
}

cudaError_t cudaMemcpyFromArrayAsync(void* destination, CUarray source, std::size_t x, std::size_t y, std::size_t size,
                                     int kind, CUstream stream) {
  return copy_run_from_array({source, x, y, destination, 0, 0, 0, kind}, size, {true, stream});
}

cudaError_t cudaMemcpy2DArrayToArray(CUarray destination, std::size_t destination_x, std::size_t destination_y,
                                     CUarray source, std::size_t source_x, std::size_t source_y, std::size_t width,
                                     std::size_t height, int kind) {
  if (kind != cudaMemcpyDeviceToDevice && kind != cudaMemcpyDefault) return cudaErrorInvalidMemcpyDirection;
  CUDA_MEMCPY2D copy{};
  copy.source_type = copy.destination_type = CU_MEMORYTYPE_ARRAY;
  copy.source_array = source;
  copy.source_x = source_x;
  copy.source_y = source_y;
  copy.destination_array = destination;
  copy.destination_x = destination_x;
  copy.destination_y = destination_y;
  copy.width = width;
  copy.height = height;
  return submit(copy, {});
}

cudaError_t cudaMemcpyArrayToArray(CUarray destination, std::size_t destination_x, std::size_t destination_y,
                                   CUarray source, std::size_t source_x, std::size_t source_y, std::size_t size,
                                   int kind) {
  if (kind != cudaMemcpyDeviceToDevice && kind != cudaMemcpyDefault) return cudaErrorInvalidMemcpyDirection;
  std::size_t destination_row = 0, source_row = 0;
  cudaError_t error = row_bytes(destination, destination_row);
  if (error == cudaSuccess) error = row_bytes(source, source_row);
  if (error != cudaSuccess) return error;
  return to_error(default_stream_form(cuMemcpyAtoA_v2, cuMemcpyAtoA_v2_ptds)(
      destination, destination_y * destination_row + destination_x, source, source_y * source_row + source_x, size));
}

}  // namespace vgpu::cudart::api
