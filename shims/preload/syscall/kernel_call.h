#pragma once

#include <cerrno>

extern "C" [[gnu::weak]] decltype(__errno_location) __errno_location;

// System calls by themselves: libc's functions of the same names are the ones that are replaced here.
namespace vgpu::preload {

// The kernel's result: a negative errno when the call fails.
inline long kernel_call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
  long result = number;
  register long fourth __asm__("r10") = d;
  register long fifth __asm__("r8") = e;
  register long sixth __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "+a"(result)
                   : "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                   : "rcx", "r11", "memory");
  return result;
}

template <class T>
long as_argument(T* pointer) {
  return reinterpret_cast<long>(pointer);
}

// As libc returns it.
inline long libc_result(long result) {
  constexpr long kLargestError = 4095;
  if (result >= 0 || result < -kLargestError) return result;
  errno = static_cast<int>(-result);
  return -1;
}

}  // namespace vgpu::preload
