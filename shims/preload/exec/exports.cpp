// The exec functions of the C library, which give their programs the environment of vgpu.
#include <fcntl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstdarg>

#include "shims/preload/exec/execute.h"
#include "shims/preload/exec/process.h"

#define VGPU_EXPORT extern "C" __attribute__((visibility("default")))

using vgpu::preload::current_environment;
using vgpu::preload::execute;
using vgpu::preload::execute_at;
using vgpu::preload::execute_in_path;

VGPU_EXPORT int execve(const char* path, char* const* arguments, char* const* environment) {
  return execute(path, arguments, environment);
}

VGPU_EXPORT int execv(const char* path, char* const* arguments) {
  return execute(path, arguments, current_environment());
}

VGPU_EXPORT int execvpe(const char* file, char* const* arguments, char* const* environment) {
  return execute_in_path(file, arguments, environment);
}

VGPU_EXPORT int execvp(const char* file, char* const* arguments) {
  return execute_in_path(file, arguments, current_environment());
}

VGPU_EXPORT int execveat(int folder, const char* path, char* const* arguments, char* const* environment, int flags) {
  return execute_at(folder, path, arguments, environment, flags);
}

VGPU_EXPORT int fexecve(int file, char* const* arguments, char* const* environment) {
  if (file < 0 || arguments == nullptr || environment == nullptr) {
    if (int* const number = vgpu::preload::error_number(); number != nullptr) *number = EINVAL;
    return -1;
  }
  return execute_at(file, "", arguments, environment, AT_EMPTY_PATH);
}

// The arguments of a variadic call as an array on this function's stack; `rest` is after the terminating nullptr.
#define VGPU_COLLECT(first)                                                                         \
  std::va_list rest;                                                                                \
  va_start(rest, first);                                                                            \
  std::size_t count = 1;                                                                            \
  while (va_arg(rest, const char*) != nullptr) ++count;                                             \
  va_end(rest);                                                                                     \
  auto** const arguments = static_cast<const char**>(__builtin_alloca((count + 1) * sizeof first)); \
  arguments[0] = first;                                                                             \
  va_start(rest, first);                                                                            \
  for (std::size_t index = 1; index <= count; ++index) arguments[index] = va_arg(rest, const char*)

VGPU_EXPORT int execl(const char* path, const char* first, ...) {
  VGPU_COLLECT(first);
  va_end(rest);
  return execute(path, arguments, current_environment());
}

VGPU_EXPORT int execlp(const char* file, const char* first, ...) {
  VGPU_COLLECT(first);
  va_end(rest);
  return execute_in_path(file, arguments, current_environment());
}

VGPU_EXPORT int execle(const char* path, const char* first, ...) {
  VGPU_COLLECT(first);
  const auto environment = va_arg(rest, const char* const*);
  va_end(rest);
  return execute(path, arguments, environment);
}
