#include "oci/byte_source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace vgpu::oci {

FileBytes::FileBytes(const FileDescriptor& file) : descriptor_(file.get()), size_(0) {
  struct stat status{};
  if (::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode)) size_ = static_cast<std::uint64_t>(status.st_size);
}

bool FileBytes::read(std::uint64_t offset, std::span<char> target) const {
  if (offset > size_ || target.size() > size_ - offset) return false;
  while (!target.empty()) {
    const ssize_t length = ::pread(descriptor_, target.data(), target.size(), static_cast<off_t>(offset));
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) return false;
    target = target.subspan(static_cast<std::size_t>(length));
    offset += static_cast<std::uint64_t>(length);
  }
  return true;
}

bool MemoryBytes::read(std::uint64_t offset, std::span<char> target) const {
  if (offset > bytes_.size() || target.size() > bytes_.size() - offset) return false;
  std::ranges::copy(bytes_.subspan(static_cast<std::size_t>(offset), target.size()), target.begin());
  return true;
}

}  // namespace vgpu::oci
