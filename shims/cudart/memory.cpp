#include "shims/cudart/api.h"
#include "shims/cudart/state.h"

namespace vgpu::cudart::api {
namespace {

// cuMemAllocPitch's element sizes only matter for its check.
constexpr unsigned kAnyElementSize = 4;

CUresult allocate(void** pointer, std::size_t size, CUresult (*allocate_address)(CUdeviceptr*, std::size_t)) {
  CUdeviceptr address = 0;
  const CUresult result = allocate_address(&address, size);
  if (result == CUDA_SUCCESS) *pointer = reinterpret_cast<void*>(address);
  return result;
}

}  // namespace

// A size of 0 succeeds with a null pointer, unlike the driver's.
cudaError_t cudaMalloc(void** pointer, std::size_t size) {
  if (pointer == nullptr) return cudaErrorInvalidValue;
  if (size == 0) {
    *pointer = nullptr;
    return cudaSuccess;
  }
  return to_error(allocate(pointer, size, cuMemAlloc_v2));
}

cudaError_t cudaFree(void* pointer) {
  return to_error(cuMemFree_v2(address_of(pointer)));
}

cudaError_t cudaMallocManaged(void** pointer, std::size_t size, unsigned flags) {
  if (pointer == nullptr) return cudaErrorInvalidValue;
  CUdeviceptr address = 0;
  const CUresult result = cuMemAllocManaged(&address, size, flags);
  if (result == CUDA_SUCCESS) *pointer = reinterpret_cast<void*>(address);
  return to_error(result);
}

cudaError_t cudaMallocPitch(void** pointer, std::size_t* pitch, std::size_t width, std::size_t height) {
  if (pointer == nullptr || pitch == nullptr) return cudaErrorInvalidValue;
  if (width == 0 || height == 0) {
    *pointer = nullptr;
    *pitch = 0;
    return cudaSuccess;
  }
  CUdeviceptr address = 0;
  const CUresult result = cuMemAllocPitch_v2(&address, pitch, width, height, kAnyElementSize);
  if (result == CUDA_SUCCESS) *pointer = reinterpret_cast<void*>(address);
  return to_error(result);
}

cudaError_t cudaMalloc3D(cudaPitchedPtr* pitched, cudaExtent extent) {
  if (pitched == nullptr) return cudaErrorInvalidValue;
  std::size_t rows = 0;
  if (__builtin_mul_overflow(extent.height, extent.depth, &rows)) return cudaErrorInvalidValue;
  const cudaError_t error = cudaMallocPitch(&pitched->pointer, &pitched->pitch, extent.width, rows);
  pitched->width = extent.width;
  pitched->height = extent.height;
  return error;
}

cudaError_t cudaHostAlloc(void** pointer, std::size_t size, unsigned flags) {
  if (pointer == nullptr) return cudaErrorInvalidValue;
  if (size == 0) {
    *pointer = nullptr;
    return cudaSuccess;
  }
  return to_error(cuMemHostAlloc(pointer, size, flags));
}

cudaError_t cudaMallocHost(void** pointer, std::size_t size) {
  return cudaHostAlloc(pointer, size, 0);
}
cudaError_t cudaFreeHost(void* pointer) {
  return to_error(cuMemFreeHost(pointer));
}

cudaError_t cudaHostRegister(void* pointer, std::size_t size, unsigned flags) {
  return to_error(cuMemHostRegister_v2(pointer, size, flags));
}

cudaError_t cudaHostUnregister(void* pointer) {
  return to_error(cuMemHostUnregister(pointer));
}

cudaError_t cudaHostGetDevicePointer(void** address, void* pointer, unsigned flags) {
  if (address == nullptr) return cudaErrorInvalidValue;
  CUdeviceptr found = 0;
  const CUresult result = cuMemHostGetDevicePointer_v2(&found, pointer, flags);
  *address = reinterpret_cast<void*>(found);
  return to_error(result);
}

cudaError_t cudaHostGetFlags(unsigned* flags, void* pointer) {
  return to_error(cuMemHostGetFlags(flags, pointer));
}
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  return to_error(cuMemGetInfo_v2(free, total));
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
  if (attributes == nullptr) return cudaErrorInvalidValue;
  constexpr CUpointer_attribute kMemoryType = 2, kIsManaged = 8, kDeviceOrdinal = 9;
  constexpr int kUnregistered = 0, kManaged = 3, kNoDevice = -2;
  *attributes = {};
  attributes->type = kUnregistered;
  attributes->device = kNoDevice;
  const CUdeviceptr address = address_of(pointer);
  int memory_type = 0, managed = 0, device = 0;
  if (cuPointerGetAttribute(&memory_type, kMemoryType, address) != CUDA_SUCCESS) {
    // Memory that CUDA does not know is no error; its host pointer is what was asked about.
    attributes->host_pointer = const_cast<void*>(pointer);
    return cudaSuccess;
  }
  cuPointerGetAttribute(&managed, kIsManaged, address);
  cuPointerGetAttribute(&device, kDeviceOrdinal, address);
  attributes->type = managed != 0 ? kManaged : memory_type;
  attributes->device = device;
  attributes->device_pointer = const_cast<void*>(pointer);
  const bool on_device_only = memory_type == CU_MEMORYTYPE_DEVICE && managed == 0;
  attributes->host_pointer = on_device_only ? nullptr : const_cast<void*>(pointer);
  return cudaSuccess;
}

#if VGPU_CUDART_MAJOR < 13
cudaError_t cudaMemAdvise(const void* pointer, std::size_t count, int advice, int device) {
  return to_error(cuMemAdvise(address_of(pointer), count, advice, device));
}
cudaError_t cudaMemAdvise_v2(const void* pointer, std::size_t count, int advice, CUmemLocation location) {
  return to_error(cuMemAdvise_v2(address_of(pointer), count, advice, location));
}
cudaError_t cudaMemPrefetchAsync(const void* pointer, std::size_t count, int destination_device, CUstream stream) {
  return to_error(cuMemPrefetchAsync(address_of(pointer), count, destination_device, stream_of(stream)));
}
cudaError_t cudaMemPrefetchAsync_v2(const void* pointer, std::size_t count, CUmemLocation location, unsigned flags,
                                    CUstream stream) {
  return to_error(cuMemPrefetchAsync_v2(address_of(pointer), count, location, flags, stream_of(stream)));
}
#else
cudaError_t cudaMemAdvise(const void* pointer, std::size_t count, int advice, CUmemLocation location) {
  return to_error(cuMemAdvise_v2(address_of(pointer), count, advice, location));
}
cudaError_t cudaMemPrefetchAsync(const void* pointer, std::size_t count, CUmemLocation location, unsigned flags,
                                 CUstream stream) {
  return to_error(cuMemPrefetchAsync_v2(address_of(pointer), count, location, flags, stream_of(stream)));
}
#endif

cudaError_t cudaMemRangeGetAttribute(void* data, std::size_t data_size, int attribute, const void* pointer,
                                     std::size_t count) {
  return to_error(cuMemRangeGetAttribute(data, data_size, attribute, address_of(pointer), count));
}

}  // namespace vgpu::cudart::api
