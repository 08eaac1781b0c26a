#include <fcntl.h>

#include <cstdarg>

#include "shims/preload/syscall/exported.h"
#include "shims/preload/syscall/file_calls.h"
#include "shims/preload/syscall/kernel_call.h"

namespace {

using vgpu::preload::libc_result;

int open_result(int folder, const char* path, int flags, unsigned mode) {
  return static_cast<int>(libc_result(vgpu::preload::open_at(folder, path, flags, mode)));
}

// The argument is there only when a file may be made.
unsigned mode_in(int flags, va_list arguments) {
  const bool makes = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return makes ? va_arg(arguments, unsigned) : 0;
}

}  // namespace

#define VGPU_OPEN(name)                                      \
  VGPU_EXPORTED int name(const char* path, int flags, ...) { \
    va_list arguments;                                       \
    va_start(arguments, flags);                              \
    const unsigned mode = mode_in(flags, arguments);         \
    va_end(arguments);                                       \
    return open_result(AT_FDCWD, path, flags, mode);         \
  }
#define VGPU_OPEN_AT(name)                                               \
  VGPU_EXPORTED int name(int folder, const char* path, int flags, ...) { \
    va_list arguments;                                                   \
    va_start(arguments, flags);                                          \
    const unsigned mode = mode_in(flags, arguments);                     \
    va_end(arguments);                                                   \
    return open_result(folder, path, flags, mode);                       \
  }

VGPU_OPEN(open)
VGPU_OPEN(open64)
VGPU_OPEN_AT(openat)
VGPU_OPEN_AT(openat64)

// What programs call that were compiled with _FORTIFY_SOURCE.
VGPU_EXPORTED int __open_2(const char* path, int flags) {
  return open_result(AT_FDCWD, path, flags, 0);
}
VGPU_EXPORTED int __open64_2(const char* path, int flags) {
  return open_result(AT_FDCWD, path, flags, 0);
}
VGPU_EXPORTED int __openat_2(int folder, const char* path, int flags) {
  return open_result(folder, path, flags, 0);
}
VGPU_EXPORTED int __openat64_2(int folder, const char* path, int flags) {
  return open_result(folder, path, flags, 0);
}
