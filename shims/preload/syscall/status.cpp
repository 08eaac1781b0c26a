#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "shims/preload/syscall/exported.h"
#include "shims/preload/syscall/file_calls.h"
#include "shims/preload/syscall/kernel_call.h"

using vgpu::preload::as_argument;
using vgpu::preload::libc_result;
using vgpu::preload::status_call;

namespace {

int status_of(const char* path, void* status) {
  return static_cast<int>(libc_result(status_call(SYS_stat, as_argument(path), as_argument(status), 0, 0)));
}
int link_status_of(const char* path, void* status) {
  return static_cast<int>(libc_result(status_call(SYS_lstat, as_argument(path), as_argument(status), 0, 0)));
}
int status_at(int folder, const char* path, void* status, int flags) {
  return static_cast<int>(
      libc_result(status_call(SYS_newfstatat, folder, as_argument(path), as_argument(status), flags)));
}

}  // namespace

VGPU_EXPORTED int stat(const char* path, struct stat* status) {
  return status_of(path, status);
}
VGPU_EXPORTED int stat64(const char* path, struct stat64* status) {
  return status_of(path, status);
}
VGPU_EXPORTED int lstat(const char* path, struct stat* status) {
  return link_status_of(path, status);
}
VGPU_EXPORTED int lstat64(const char* path, struct stat64* status) {
  return link_status_of(path, status);
}
VGPU_EXPORTED int fstatat(int folder, const char* path, struct stat* status, int flags) {
  return status_at(folder, path, status, flags);
}
VGPU_EXPORTED int fstatat64(int folder, const char* path, struct stat64* status, int flags) {
  return status_at(folder, path, status, flags);
}

// What programs call that were linked with a glibc before 2.33. The version of the structure is always the same one.
VGPU_EXPORTED int __xstat(int, const char* path, struct stat* status) {
  return status_of(path, status);
}
VGPU_EXPORTED int __xstat64(int, const char* path, struct stat64* status) {
  return status_of(path, status);
}
VGPU_EXPORTED int __lxstat(int, const char* path, struct stat* status) {
  return link_status_of(path, status);
}
VGPU_EXPORTED int __lxstat64(int, const char* path, struct stat64* status) {
  return link_status_of(path, status);
}
VGPU_EXPORTED int __fxstatat(int, int folder, const char* path, struct stat* status, int flags) {
  return status_at(folder, path, status, flags);
}
VGPU_EXPORTED int __fxstatat64(int, int folder, const char* path, struct stat64* status, int flags) {
  return status_at(folder, path, status, flags);
}

VGPU_EXPORTED int statx(int folder, const char* path, int flags, unsigned mask, struct statx* status) {
  return static_cast<int>(libc_result(vgpu::preload::extended_status(folder, path, flags, mask, status)));
}
