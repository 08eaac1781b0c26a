#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shims/preload/syscall/exported.h"
#include "shims/preload/syscall/file_calls.h"
#include "shims/preload/syscall/kernel_call.h"

namespace {

using namespace vgpu::preload;

const char* path_in(long argument) {
  return reinterpret_cast<const char*>(argument);
}

long carry_out(long number, long a, long b, long c, long d, long e) {
  switch (number) {
    case SYS_open:
      return open_at(AT_FDCWD, path_in(a), static_cast<int>(b), static_cast<unsigned>(c));
    case SYS_openat:
      return open_at(static_cast<int>(a), path_in(b), static_cast<int>(c), static_cast<unsigned>(d));
    case SYS_ioctl:
      return control(static_cast<int>(a), static_cast<unsigned long>(b), static_cast<unsigned long>(c));
    case SYS_statx:
      return extended_status(static_cast<int>(a), path_in(b), static_cast<int>(c), static_cast<unsigned>(d),
                             reinterpret_cast<void*>(e));
    case SYS_stat:
    case SYS_lstat:
    case SYS_newfstatat:
      return status_call(number, a, b, c, d);
    default:
      return access_call(number, a, b, c, d);
  }
}

}  // namespace

extern "C" [[gnu::used]] long vgpu_system_call(long number, long a, long b, long c, long d, long e) {
  return libc_result(carry_out(number, a, b, c, d, e));
}

extern "C" [[gnu::used]] long vgpu_set_error(long result) {
  return libc_result(result);
}

#define VGPU_TEXT(number) #number
#define VGPU_IF(number) "cmp $" VGPU_TEXT(number) ", %rdi\n je 1f\n"

// syscall(3). Numbers that open, ask or look go to vgpu_system_call, which has the same arguments; all others to the
// kernel at once and without a stack frame, since some of them return twice.
VGPU_EXPORTED [[gnu::naked]] long syscall(long, ...) noexcept {
  asm(VGPU_IF(SYS_ioctl) VGPU_IF(SYS_openat) VGPU_IF(SYS_open) VGPU_IF(SYS_newfstatat) VGPU_IF(SYS_statx)
      VGPU_IF(SYS_stat) VGPU_IF(SYS_lstat) VGPU_IF(SYS_access) VGPU_IF(SYS_faccessat) VGPU_IF(SYS_faccessat2)
      "mov %rdi, %rax\n"
      "mov %rsi, %rdi\n"
      "mov %rdx, %rsi\n"
      "mov %rcx, %rdx\n"
      "mov %r8, %r10\n"
      "mov %r9, %r8\n"
      "mov 8(%rsp), %r9\n"
      "syscall\n"
      "cmp $-4095, %rax\n"
      "jae 2f\n"
      "ret\n"
      "1: jmp vgpu_system_call\n"
      "2: mov %rax, %rdi\n"
      "jmp vgpu_set_error\n");
}
