#include "shims/cudart/api.h"
#include "shims/cudart/state.h"

namespace vgpu::cudart::api {

cudaError_t cudaGetDeviceCount(int* count) {
  if (count == nullptr) return cudaErrorInvalidValue;
  *count = 0;
  const cudaError_t initialized = ensure_initialized();
  return initialized != cudaSuccess ? initialized : to_error(cuDeviceGetCount(count));
}

cudaError_t cudaGetDevice(int* device) {
  if (device == nullptr) return cudaErrorInvalidValue;
  *device = current_device();
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  CUdevice found = 0;
  const CUresult result = cuDeviceGet(&found, device);
  if (result != CUDA_SUCCESS) return to_error(result);
  set_current_device(device);
  return ensure_context();
}

// Flags that choose a scheduling policy only; they are passed on to the device's context.
cudaError_t cudaInitDevice(int device, unsigned device_flags, unsigned flags) {
  constexpr unsigned kFlagsAreValid = 1;
  CUdevice found = 0;
  CUresult result = cuDeviceGet(&found, device);
  if (result != CUDA_SUCCESS) return to_error(result);
  if ((flags & kFlagsAreValid) != 0) result = cuDevicePrimaryCtxSetFlags_v2(device, device_flags);
  return to_error(result);
}

cudaError_t cudaGetDeviceFlags(unsigned* flags) {
  int active = 0;
  return to_error(cuDevicePrimaryCtxGetState(current_device(), flags, &active));
}

cudaError_t cudaSetDeviceFlags(unsigned flags) {
  return to_error(cuDevicePrimaryCtxSetFlags_v2(current_device(), flags));
}

cudaError_t cudaDeviceSynchronize() {
  return to_error(cuCtxSynchronize());
}
cudaError_t cudaDeviceReset() {
  return reset_device();
}
#if VGPU_CUDART_MAJOR < 13
cudaError_t cudaThreadSynchronize() {
  return cudaDeviceSynchronize();
}
cudaError_t cudaThreadExit() {
  return cudaDeviceReset();
}
#endif

cudaError_t cudaDeviceGetAttribute(int* value, int attribute, int device) {
  return to_error(cuDeviceGetAttribute(value, attribute, device));
}

cudaError_t cudaDeviceGetPCIBusId(char* pci_bus_id, int length, int device) {
  return to_error(cuDeviceGetPCIBusId(pci_bus_id, length, device));
}

cudaError_t cudaDeviceGetByPCIBusId(int* device, const char* pci_bus_id) {
  return to_error(cuDeviceGetByPCIBusId(device, pci_bus_id));
}

cudaError_t cudaDeviceGetLimit(std::size_t* value, int limit) {
  return to_error(cuCtxGetLimit(value, limit));
}
cudaError_t cudaDeviceSetLimit(int limit, std::size_t value) {
  return to_error(cuCtxSetLimit(limit, value));
}
cudaError_t cudaDeviceGetCacheConfig(int* config) {
  return to_error(cuCtxGetCacheConfig(config));
}
cudaError_t cudaDeviceSetCacheConfig(int config) {
  return to_error(cuCtxSetCacheConfig(config));
}
cudaError_t cudaDeviceGetSharedMemConfig(int* config) {
  return to_error(cuCtxGetSharedMemConfig(config));
}
cudaError_t cudaDeviceSetSharedMemConfig(int config) {
  return to_error(cuCtxSetSharedMemConfig(config));
}

cudaError_t cudaDeviceGetStreamPriorityRange(int* least_priority, int* greatest_priority) {
  return to_error(cuCtxGetStreamPriorityRange(least_priority, greatest_priority));
}

cudaError_t cudaCtxResetPersistingL2Cache() {
  return to_error(cuCtxResetPersistingL2Cache());
}

cudaError_t cudaDeviceFlushGPUDirectRDMAWrites(int target, int scope) {
  return to_error(cuFlushGPUDirectRDMAWrites(target, scope));
}

cudaError_t cudaDeviceCanAccessPeer(int* accessible, int device, int peer_device) {
  return to_error(cuDeviceCanAccessPeer(accessible, device, peer_device));
}

cudaError_t cudaDeviceGetP2PAttribute(int* value, int attribute, int source_device, int destination_device) {
  return to_error(cuDeviceGetP2PAttribute(value, attribute, source_device, destination_device));
}

namespace {

// Calls `body` with the peer's primary context.
template <class Body>
cudaError_t with_peer(int device, const Body& body) {
  CUcontext peer = nullptr;
  CUresult result = cuDevicePrimaryCtxRetain(&peer, device);
  if (result == CUDA_SUCCESS) result = body(peer);
  // Our own device is no peer of itself.
  return result == CUDA_ERROR_INVALID_CONTEXT ? cudaErrorInvalidDevice : to_error(result);
}

}  // namespace

cudaError_t cudaDeviceEnablePeerAccess(int peer_device, unsigned flags) {
  return with_peer(peer_device, [&](CUcontext peer) { return cuCtxEnablePeerAccess(peer, flags); });
}

cudaError_t cudaDeviceDisablePeerAccess(int peer_device) {
  return with_peer(peer_device, [](CUcontext peer) { return cuCtxDisablePeerAccess(peer); });
}

cudaError_t cudaChooseDevice(int* device, const cudaDeviceProp* properties) {
  if (device == nullptr || properties == nullptr) return cudaErrorInvalidValue;
  *device = 0;
  return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int* driver_version) {
  return to_error(cuDriverGetVersion(driver_version));
}

cudaError_t cudaRuntimeGetVersion(int* runtime_version) {
  constexpr int kVersion = VGPU_CUDART_MAJOR < 13 ? 12080 : 13000;
  if (runtime_version == nullptr) return cudaErrorInvalidValue;
  *runtime_version = kVersion;
  return cudaSuccess;
}

}  // namespace vgpu::cudart::api
