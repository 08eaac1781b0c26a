#include "shims/preload/syscall/driver/own_memory.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/file_descriptor.h"

namespace vgpu::preload {
namespace {

enum class Direction { FromAddress, ToAddress };

// By a pipe, which every filter allows: the kernel looks at the addresses of write(2) and read(2), too.
bool copy_by_pipe(Direction direction, void* address, std::byte* bytes, std::size_t size) {
  constexpr std::size_t kPart = 4096;  // what an empty pipe takes at once
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  const FileDescriptor out(ends[0]), in(ends[1]);
  auto* at = static_cast<std::byte*>(address);
  while (size > 0) {
    const std::size_t part = std::min(size, kPart);
    const bool reads = direction == Direction::FromAddress;
    if (::write(in.get(), reads ? at : bytes, part) != static_cast<ssize_t>(part)) return false;
    if (::read(out.get(), reads ? bytes : at, part) != static_cast<ssize_t>(part)) return false;
    at += part;
    bytes += part;
    size -= part;
  }
  return true;
}

// A filter may forbid calls that can reach other processes.
bool is_forbidden(ssize_t result) {
  return result < 0 && (errno == ENOSYS || errno == EPERM || errno == EACCES);
}

}  // namespace

bool OwnMemory::read(std::uint64_t address, std::span<std::byte> bytes) const {
  if (bytes.empty()) return true;
  const iovec local{bytes.data(), bytes.size()};
  const iovec remote{reinterpret_cast<void*>(address), bytes.size()};
  const ssize_t result = ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0);
  if (!is_forbidden(result)) return result == static_cast<ssize_t>(bytes.size());
  return copy_by_pipe(Direction::FromAddress, remote.iov_base, bytes.data(), bytes.size());
}

bool write_own_memory(std::uint64_t address, std::span<const std::byte> bytes) {
  if (bytes.empty()) return true;
  auto* from = const_cast<std::byte*>(bytes.data());
  const iovec local{from, bytes.size()};
  const iovec remote{reinterpret_cast<void*>(address), bytes.size()};
  const ssize_t result = ::process_vm_writev(::getpid(), &local, 1, &remote, 1, 0);
  if (!is_forbidden(result)) return result == static_cast<ssize_t>(bytes.size());
  return copy_by_pipe(Direction::ToAddress, remote.iov_base, from, bytes.size());
}

}  // namespace vgpu::preload
