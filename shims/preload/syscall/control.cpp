#include <sys/ioctl.h>

#include <cstdarg>

#include "shims/preload/syscall/exported.h"
#include "shims/preload/syscall/file_calls.h"
#include "shims/preload/syscall/kernel_call.h"

VGPU_EXPORTED int ioctl(int descriptor, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  const unsigned long argument = va_arg(arguments, unsigned long);
  va_end(arguments);
  return static_cast<int>(vgpu::preload::libc_result(vgpu::preload::control(descriptor, request, argument)));
}
