#include "seccomp/rm/backing.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "seccomp/rm/abi/channel.h"
#include "seccomp/rm/abi/memory.h"
#include "seccomp/rm/abi/vgpu.h"

namespace vgpu::rm {
namespace {

constexpr std::uint64_t kDoorbellPages = 65536;  // bytes; of TURING_USERMODE_A and its like
constexpr std::uint64_t kLargest = std::uint64_t{1} << 40;
constexpr std::size_t kMostBacked = 4096;  // of a container: each takes a descriptor

std::uint64_t size_behind(const Object& object) {
  switch (object.object_class) {
    case abi::kActivityClass:
      return abi::kActivityPageSize;
    case abi::kSystemMemoryClass:
    case abi::kVideoMemoryClass:
    case abi::kPascalChannelClass:
      return object.size;
    default:
      return abi::is_user_mode_class(object.object_class) ? kDoorbellPages : 0;
  }
}

}  // namespace

FileDescriptor make_memory_file(const char* name, std::uint64_t size) {
  FileDescriptor file(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid() || ::ftruncate(file.get(), static_cast<off_t>(size)) != 0 ||
      ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return {};
  }
  return file;
}

int backing_of(Driver& driver, Handle client, const Object& object) {
  if (object.descriptor.valid()) return object.descriptor.get();
  const std::uint64_t size = size_behind(object);
  if (size == 0 || size > kLargest || driver.state().backed_count() >= kMostBacked) return -1;
  FileDescriptor file = make_memory_file("nvidia-memory", (size + 4095) & ~std::uint64_t{4095});
  if (!file.valid()) return -1;
  Record record;
  record.kind = RecordKind::SetDescriptor;
  record.client = client;
  record.object = object.handle;
  record.descriptor = file.release();
  driver.change(record);
  return record.descriptor;
}

}  // namespace vgpu::rm
