#pragma once

#include <cstddef>

// What AddressSanitizer must be told when code changes stacks; nothing in other builds.
#if defined(__SANITIZE_ADDRESS__)
#define VGPU_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define VGPU_ADDRESS_SANITIZER 1
#endif
#endif

#ifdef VGPU_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace vgpu::exec {

struct StackBounds {
  const void* bottom = nullptr;
  std::size_t size = 0;  // bytes
};

#ifdef VGPU_ADDRESS_SANITIZER
StackBounds thread_stack_bounds();
inline void announce_switch(void** fake_stack, const StackBounds& next) {
  __sanitizer_start_switch_fiber(fake_stack, next.bottom, next.size);
}
inline void finish_switch(void* fake_stack) {
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
}
inline void announce_no_return() {
  __asan_handle_no_return();
}
inline void unpoison(const void* address, std::size_t size) {
  __asan_unpoison_memory_region(address, size);
}
#else
inline StackBounds thread_stack_bounds() {
  return {};
}
inline void announce_switch(void**, const StackBounds&) {}
inline void finish_switch(void*) {}
inline void announce_no_return() {}
inline void unpoison(const void*, std::size_t) {}
#endif

}  // namespace vgpu::exec
