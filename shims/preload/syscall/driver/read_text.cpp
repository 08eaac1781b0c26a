#include "shims/preload/syscall/driver/read_text.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "base/file_descriptor.h"
#include "shims/preload/syscall/kernel_call.h"

namespace vgpu::preload {

std::string read_text(const char* path) {
  const FileDescriptor file(
      static_cast<int>(kernel_call(SYS_openat, AT_FDCWD, as_argument(path), O_RDONLY | O_CLOEXEC)));
  std::string text;
  std::array<char, 16384> part;
  while (file.valid()) {
    const ssize_t length = ::read(file.get(), part.data(), part.size());
    if (length <= 0) break;
    text.append(part.data(), static_cast<std::size_t>(length));
  }
  return text;
}

}  // namespace vgpu::preload
