#include <fcntl.h>

#include <cerrno>
#include <cstdio>

#include "shims/preload/syscall/c_library.h"
#include "shims/preload/syscall/exported.h"
#include "shims/preload/syscall/file_calls.h"
#include "shims/preload/syscall/kernel_call.h"
#include "shims/preload/syscall/next_function.h"

namespace {

using namespace vgpu::preload;

NextFunction<FILE*(const char*, const char*)> next_fopen("fopen");

bool has(const char* text, char character) {
  while (*text != '\0' && *text != character) ++text;
  return *text != '\0';
}

int flags_of(const char* mode) {
  const int access = has(mode, '+') ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;
  return access | (has(mode, 'e') ? O_CLOEXEC : 0);
}

// libc opens a stream's file by a function of its own that nobody can replace.
FILE* open_stream(const char* path, const char* mode) {
  FILE* stream = next_fopen.get()(path, mode);
  const DriverInterface* asked = driver_for(stream != nullptr ? 0 : -errno, path);
  if (asked == nullptr) return stream;
  const int descriptor = asked->open(path, flags_of(mode));
  if (descriptor == kNotOurs) return stream;
  if (stream != nullptr) std::fclose(stream);
  if (descriptor < 0) {
    errno = -descriptor;
    return nullptr;
  }
  return ::fdopen(descriptor, mode);
}

}  // namespace

VGPU_EXPORTED FILE* fopen(const char* path, const char* mode) {
  return open_stream(path, mode);
}
VGPU_EXPORTED FILE* fopen64(const char* path, const char* mode) {
  return open_stream(path, mode);
}
