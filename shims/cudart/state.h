#pragma once

#include <cstdint>

#include "shims/cuda/exported.h"
#include "shims/cudart/abi.h"

// What a thread has chosen and seen, and the device's context, made at the first call that needs it.
namespace vgpu::cudart {

inline cudaError_t to_error(CUresult result) {
  return static_cast<cudaError_t>(result);
}

// Initializes the driver once; its error is told again to every later call.
cudaError_t ensure_initialized();
// Makes the context of the thread's device current, unless the program made another one current by itself.
cudaError_t ensure_context();

// The thread's device, as cudaSetDevice chose it.
int current_device();
void set_current_device(int device);
// Flags for the primary context that the next call makes.
cudaError_t reset_device();

// The thread's last error: kept until it is asked for, and for ever where the device is lost.
cudaError_t record(cudaError_t error);
cudaError_t last_error(bool clear);

// True while the calling thread runs a function's _ptsz or _ptds form.
extern thread_local bool per_thread_default_stream;
// The handle to give to the driver for a program's stream handle.
inline CUstream stream_of(CUstream stream) {
  return stream == nullptr && per_thread_default_stream ? CU_STREAM_PER_THREAD : stream;
}
// The form of a driver function whose default stream is the caller's.
template <class Function>
Function* default_stream_form(Function* legacy, Function* per_thread) {
  return per_thread_default_stream ? per_thread : legacy;
}

inline CUdeviceptr address_of(const void* pointer) {
  return reinterpret_cast<CUdeviceptr>(pointer);
}

}  // namespace vgpu::cudart
