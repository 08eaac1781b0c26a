#include "hook/preload_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "oci/preload.h"
#include "oci/rootfs.h"

namespace vgpu::hook {
namespace {

constexpr std::size_t kLargest = 64 << 10;

}  // namespace

Expected<std::string> read_preload_file(int root) {
  // An image may have a pipe or a device there: it is not waited for.
  const FileDescriptor file = oci::open_in_root(root, oci::kPreloadFile, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat status{};
  if (!file.valid() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  std::string content(kLargest + 1, '\0');
  std::size_t length = 0;
  while (length < content.size()) {
    const ssize_t part = ::read(file.get(), content.data() + length, content.size() - length);
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return system_failure("read", oci::kPreloadFile, errno);
    if (part == 0) break;
    length += static_cast<std::size_t>(part);
  }
  if (length > kLargest) return failure(std::string(oci::kPreloadFile) + ": is too large to be a list of libraries");
  content.resize(length);
  return content;
}

}  // namespace vgpu::hook
