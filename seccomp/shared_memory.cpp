#include "seccomp/shared_memory.h"

#include <unistd.h>

#include <cerrno>

namespace vgpu::seccomp {

Expected<Mapping> Mapping::of(int descriptor, std::size_t size) {
  void* address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (address == MAP_FAILED) return system_failure("map", "shared memory", errno);
  Mapping mapping;
  mapping.address_ = address;
  mapping.size_ = size;
  return mapping;
}

Expected<FileDescriptor> make_shared_memory(const char* name, std::size_t size) {
  FileDescriptor file(::memfd_create(name, MFD_CLOEXEC));
  if (!file.valid()) return system_failure("make", name, errno);
  if (::ftruncate(file.get(), static_cast<off_t>(size)) != 0) return system_failure("grow", name, errno);
  return file;
}

}  // namespace vgpu::seccomp
