#include "shims/preload/exec/process.h"

extern "C" {
[[gnu::weak]] extern char** environ;
[[gnu::weak]] int* __errno_location();
[[gnu::weak]] const char* gnu_get_libc_version();
}

namespace vgpu::preload {

constinit Inheritance inheritance;

const char* const* current_environment() {
  return &environ == nullptr ? nullptr : environ;
}

int* error_number() {
  return __errno_location == nullptr ? nullptr : __errno_location();
}

namespace {

// glibc gives constructors the arguments of main, and may not have set `environ` yet. Other C libraries give nothing.
[[gnu::constructor]] void remember(int, char**, char** environment) {
  inheritance.take(gnu_get_libc_version != nullptr ? environment : current_environment());
}

}  // namespace
}  // namespace vgpu::preload
