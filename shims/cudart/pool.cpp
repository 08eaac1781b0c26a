#include "shims/cudart/api.h"
#include "shims/cudart/state.h"

namespace vgpu::cudart::api {

cudaError_t cudaMallocAsync(void** pointer, std::size_t size, CUstream stream) {
  if (pointer == nullptr) return cudaErrorInvalidValue;
  if (size == 0) {
    *pointer = nullptr;
    return cudaSuccess;
  }
  CUdeviceptr address = 0;
  const CUresult result = cuMemAllocAsync(&address, size, stream_of(stream));
  if (result == CUDA_SUCCESS) *pointer = reinterpret_cast<void*>(address);
  return to_error(result);
}

cudaError_t cudaMallocFromPoolAsync(void** pointer, std::size_t size, CUmemoryPool pool, CUstream stream) {
  if (pointer == nullptr) return cudaErrorInvalidValue;
  CUdeviceptr address = 0;
  const CUresult result = cuMemAllocFromPoolAsync(&address, size, pool, stream_of(stream));
  if (result == CUDA_SUCCESS) *pointer = reinterpret_cast<void*>(address);
  return to_error(result);
}

cudaError_t cudaFreeAsync(void* pointer, CUstream stream) {
  if (pointer == nullptr) return cudaSuccess;
  return to_error(cuMemFreeAsync(address_of(pointer), stream_of(stream)));
}

cudaError_t cudaDeviceGetDefaultMemPool(CUmemoryPool* pool, int device) {
  return to_error(cuDeviceGetDefaultMemPool(pool, device));
}
cudaError_t cudaDeviceGetMemPool(CUmemoryPool* pool, int device) {
  return to_error(cuDeviceGetMemPool(pool, device));
}
cudaError_t cudaDeviceSetMemPool(int device, CUmemoryPool pool) {
  return to_error(cuDeviceSetMemPool(device, pool));
}

cudaError_t cudaMemPoolCreate(CUmemoryPool* pool, const CUmemPoolProps* properties) {
  return to_error(cuMemPoolCreate(pool, properties));
}
cudaError_t cudaMemPoolDestroy(CUmemoryPool pool) {
  return to_error(cuMemPoolDestroy(pool));
}
cudaError_t cudaMemPoolTrimTo(CUmemoryPool pool, std::size_t min_bytes_to_keep) {
  return to_error(cuMemPoolTrimTo(pool, min_bytes_to_keep));
}
cudaError_t cudaMemPoolSetAttribute(CUmemoryPool pool, int attribute, void* value) {
  return to_error(cuMemPoolSetAttribute(pool, attribute, value));
}
cudaError_t cudaMemPoolGetAttribute(CUmemoryPool pool, int attribute, void* value) {
  return to_error(cuMemPoolGetAttribute(pool, attribute, value));
}
cudaError_t cudaMemPoolSetAccess(CUmemoryPool pool, const CUmemAccessDesc* map, std::size_t count) {
  return to_error(cuMemPoolSetAccess(pool, map, count));
}
cudaError_t cudaMemPoolGetAccess(int* flags, CUmemoryPool pool, CUmemLocation* location) {
  return to_error(cuMemPoolGetAccess(flags, pool, location));
}

}  // namespace vgpu::cudart::api
