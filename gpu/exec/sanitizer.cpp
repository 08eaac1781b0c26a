#include "gpu/exec/sanitizer.h"

#ifdef VGPU_ADDRESS_SANITIZER
#include <pthread.h>

namespace vgpu::exec {

StackBounds thread_stack_bounds() {
  static thread_local const StackBounds bounds = [] {
    pthread_attr_t attributes;
    void* bottom = nullptr;
    std::size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
      pthread_attr_getstack(&attributes, &bottom, &size);
      pthread_attr_destroy(&attributes);
    }
    return StackBounds{bottom, size};
  }();
  return bounds;
}

}  // namespace vgpu::exec
#endif
