#pragma once

#include <cstddef>

#include "base/file_descriptor.h"

namespace vgpu::kernel {

// The system calls by which the driver is asked, so that tests can be the driver. A failed call leaves its cause in
// errno.
class SystemCalls {
 public:
  virtual ~SystemCalls() = default;
  // Of a device node, to read and write; not kept across execve(2). Invalid when that fails.
  virtual FileDescriptor open(const char* path) = 0;
  virtual int ioctl(int descriptor, unsigned long request, void* argument) = 0;
  // Maps the beginning of the file, shared: at `address`, in the place of what is mapped there. False when that fails.
  virtual bool map_over(void* address, std::size_t size, int descriptor) = 0;
};

SystemCalls& system_calls();

}  // namespace vgpu::kernel
