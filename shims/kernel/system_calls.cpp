#include "shims/kernel/system_calls.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

namespace vgpu::kernel {
namespace {

class LinuxCalls final : public SystemCalls {
 public:
  FileDescriptor open(const char* path) override { return FileDescriptor(::open(path, O_RDWR | O_CLOEXEC)); }
  int ioctl(int descriptor, unsigned long request, void* argument) override {
    return ::ioctl(descriptor, request, argument);
  }
  bool map_over(void* address, std::size_t size, int descriptor) override {
    return ::mmap(address, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, descriptor, 0) != MAP_FAILED;
  }
};

}  // namespace

SystemCalls& system_calls() {
  static LinuxCalls calls;
  return calls;
}

}  // namespace vgpu::kernel
