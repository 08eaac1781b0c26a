#include <sys/syscall.h>
#include <unistd.h>

#include "shims/preload/syscall/exported.h"
#include "shims/preload/syscall/file_calls.h"
#include "shims/preload/syscall/kernel_call.h"
#include "shims/preload/syscall/next_function.h"

namespace {

using namespace vgpu::preload;

NextFunction<int(int, const char*, int, int)> next_faccessat("faccessat");
NextFunction<int(const char*, int)> next_euidaccess("euidaccess");

// The result of a function of libc's about a path, or the driver's instead.
int result_after(int result, const char* path, int mode) {
  Entry entry;
  int found = look_up_after(result == 0 ? 0 : -errno, path, entry);
  if (found == kNotOurs) return result;
  if (found == 0) found = check_access(entry, mode);
  return static_cast<int>(libc_result(found));
}

}  // namespace

VGPU_EXPORTED int access(const char* path, int mode) noexcept {
  return static_cast<int>(libc_result(access_call(SYS_access, as_argument(path), mode, 0, 0)));
}

// These do more than one system call.
VGPU_EXPORTED int faccessat(int folder, const char* path, int mode, int flags) noexcept {
  return result_after(next_faccessat.get()(folder, path, mode, flags), path, mode);
}
VGPU_EXPORTED int euidaccess(const char* path, int mode) noexcept {
  return result_after(next_euidaccess.get()(path, mode), path, mode);
}
VGPU_EXPORTED int eaccess(const char* path, int mode) noexcept {
  return result_after(next_euidaccess.get()(path, mode), path, mode);
}
