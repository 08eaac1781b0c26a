#include "shims/preload/syscall/file_calls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "shims/preload/syscall/driver_library.h"
#include "shims/preload/syscall/kernel_call.h"
#include "shims/preload/syscall/paths.h"

namespace vgpu::preload {
namespace {

mode_t mode_of(const Entry& entry) {
  constexpr mode_t kNodeMode = 0666, kFileMode = 0444, kFolderMode = 0555;
  if (entry.kind == EntryKind::Node) return S_IFCHR | kNodeMode;
  return entry.kind == EntryKind::File ? S_IFREG | kFileMode : S_IFDIR | kFolderMode;
}

constexpr unsigned kBlockSize = 4096;

void fill(struct stat& status, const Entry& entry) {
  status = {};
  status.st_mode = mode_of(entry);
  status.st_nlink = 1;
  status.st_rdev = entry.device;
  status.st_size = static_cast<off_t>(entry.size);
  status.st_blksize = kBlockSize;
}

void fill(struct statx& status, const Entry& entry) {
  status = {};
  status.stx_mask = STATX_BASIC_STATS;
  status.stx_blksize = kBlockSize;
  status.stx_nlink = 1;
  status.stx_mode = static_cast<std::uint16_t>(mode_of(entry));
  status.stx_size = entry.size;
  status.stx_rdev_major = ::major(entry.device);
  status.stx_rdev_minor = ::minor(entry.device);
}

// Answers a call that describes a path. When it failed the kernel may not have looked at where the answer is to go: it
// is asked to describe this process' root folder there first.
template <class Status>
long describe(long result, const char* path, Status* status, long (*describe_root)(Status*)) {
  Entry entry;
  const int found = look_up_after(result, path, entry);
  if (found == kNotOurs) return result;
  if (found != 0) return found;
  if (const long written = describe_root(status); written != 0) return written;
  fill(*status, entry);
  return 0;
}

}  // namespace

const DriverInterface* driver_for(long result, const char* path) {
  if (path == nullptr || (result < 0 && !is_missing(-result))) return nullptr;
  const bool refused = result == -ENOSYS || result == -EPERM;
  if (refused && kernel_call(SYS_access, as_argument(path), F_OK) == -EFAULT) return nullptr;
  return (result >= 0 ? may_be_covered(path) : may_be_ours(path)) ? driver() : nullptr;
}

int look_up_after(long result, const char* path, Entry& entry) {
  const DriverInterface* asked = driver_for(result, path);
  return asked != nullptr ? asked->look_up(path, &entry) : kNotOurs;
}

int check_access(const Entry& entry, int mode) {
  const bool writes = (mode & W_OK) != 0, runs = (mode & X_OK) != 0;
  const bool folder = entry.kind != EntryKind::Node && entry.kind != EntryKind::File;
  return (writes && entry.kind != EntryKind::Node) || (runs && !folder) ? -EACCES : 0;
}

long open_at(int folder, const char* path, int flags, unsigned mode) {
  const long result = kernel_call(SYS_openat, folder, as_argument(path), flags, mode);
  const DriverInterface* asked = driver_for(result, path);
  if (asked == nullptr) return result;
  const int own = asked->open(path, flags);
  if (own == kNotOurs) return result;
  if (result >= 0) kernel_call(SYS_close, result);
  return own;
}

long control(int descriptor, unsigned long request, unsigned long argument) {
  // NVIDIA's own requests, and UVM's plain numbers, as the supervisor's filter has them.
  constexpr unsigned long kType = 0xff00, kEscapes = 'F' << 8, kUvmTypes = 16 << 8;
  const unsigned long type = request & kType;
  if (type == kEscapes || type < kUvmTypes) {
    if (const DriverInterface* asked = loaded_driver(); asked != nullptr) {
      const int own = asked->ioctl(descriptor, static_cast<std::uint32_t>(request), argument);
      if (own != kNotOurs) return own;
    }
  }
  return kernel_call(SYS_ioctl, descriptor, static_cast<long>(request), static_cast<long>(argument));
}

long status_call(long number, long a, long b, long c, long d) {
  const long result = kernel_call(number, a, b, c, d);
  const bool at = number == SYS_newfstatat;
  return describe(
      result, reinterpret_cast<const char*>(at ? b : a), reinterpret_cast<struct stat*>(at ? c : b),
      +[](struct stat* status) { return kernel_call(SYS_stat, as_argument("/"), as_argument(status)); });
}

long extended_status(int folder, const char* path, int flags, unsigned mask, void* status) {
  const long result = kernel_call(SYS_statx, folder, as_argument(path), flags, mask, as_argument(status));
  return describe(
      result, path, static_cast<struct statx*>(status), +[](struct statx* filled) {
        return kernel_call(SYS_statx, AT_FDCWD, as_argument("/"), 0, STATX_BASIC_STATS, as_argument(filled));
      });
}

long access_call(long number, long a, long b, long c, long d) {
  const long result = kernel_call(number, a, b, c, d);
  const bool at = number != SYS_access;
  Entry entry;
  const int found = look_up_after(result, reinterpret_cast<const char*>(at ? b : a), entry);
  if (found == kNotOurs) return result;
  return found != 0 ? found : check_access(entry, static_cast<int>(at ? c : b));
}

}  // namespace vgpu::preload
