#pragma once

#include <cstddef>
#include <cstdint>

#include "shims/cuda/abi.h"

// What our own libraries (libcublas) use beyond the public driver API. It is reached through cuGetExportTable, so that
// nothing but C data crosses between libraries that are built apart.
namespace vgpu::cuda {

inline constexpr CUuuid kPrivateInterfaceId = {
    {0x76, 0x67, 0x70, 0x75, 0x2d, 0x74, 0x61, 0x73, 0x6b, 0x73, 0x9b, 0x1e, 0x51, 0x0c, 0xd4, 0x01}};

struct PrivateInterface {
  std::size_t size;  // bytes of this structure: later versions only grow
  // Queues `function(argument)` in stream order, as work of the device: it counts as a kernel called `name` (copied),
  // its faults are the device's, and a stream capture takes it into the graph, so that it may run many times.
  // `destroy(argument)`, unless null, is called once when it will not run again. Handles as in cuLaunchKernel.
  CUresult (*enqueue_task)(CUstream stream, const char* name, void (*function)(void*), void* argument,
                           void (*destroy)(void*));
  // For such a function: calls body(argument, 0) … body(argument, count - 1) on this thread and those that carry out
  // kernels, and returns when all are done. A fault in any of them is the task's fault.
  void (*parallel_for)(std::uint64_t count, void (*body)(void* argument, std::uint64_t index), void* argument);
};

}  // namespace vgpu::cuda
