#include "shims/preload/syscall/folder_streams.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "shims/preload/syscall/c_library.h"
#include "shims/preload/syscall/driver_library.h"
#include "shims/preload/syscall/file_calls.h"
#include "shims/preload/syscall/kernel_call.h"
#include "shims/preload/syscall/next_function.h"
#include "shims/preload/syscall/paths.h"
#include "shims/preload/text.h"

namespace vgpu::preload {
namespace {

constexpr std::size_t kLongestFolder = 256;
constexpr unsigned kDots = 2;  // "." and ".."

NextFunction<DIR*(const char*)> next_opendir("opendir");
NextFunction<dirent*(DIR*)> next_readdir("readdir");
NextFunction<int(DIR*)> next_closedir("closedir");
NextFunction<void(DIR*)> next_rewinddir("rewinddir");
NextFunction<int(DIR*)> next_dirfd("dirfd");

struct FolderStream {
  FolderStream* following;
  DIR* stream;
  bool shared;      // the kernel's entries come first
  unsigned number;  // of the next entry of the driver's; the first ones are the dots where it is not shared
  char folder[kLongestFolder];
  dirent entry;
};

FolderStream* streams = nullptr;
std::atomic<int> stream_count = 0;
std::atomic_flag list_is_locked = ATOMIC_FLAG_INIT;

class ListLock {
 public:
  ListLock() {
    while (list_is_locked.test_and_set(std::memory_order_acquire)) kernel_call(SYS_sched_yield);
  }
  ~ListLock() { list_is_locked.clear(std::memory_order_release); }
  ListLock(const ListLock&) = delete;
  ListLock& operator=(const ListLock&) = delete;
};

FolderStream* find(DIR* stream) {
  if (stream_count.load(std::memory_order_acquire) == 0) return nullptr;
  const ListLock lock;
  FolderStream* found = streams;
  while (found != nullptr && found->stream != stream) found = found->following;
  return found;
}

FolderStream* take(DIR* stream) {
  if (stream_count.load(std::memory_order_acquire) == 0) return nullptr;
  const ListLock lock;
  for (FolderStream** at = &streams; *at != nullptr; at = &(*at)->following) {
    if ((*at)->stream != stream) continue;
    FolderStream* const taken = *at;
    *at = taken->following;
    --stream_count;
    return taken;
  }
  return nullptr;
}

bool kernel_has(DIR* stream, const char* name) {
  struct stat status;
  return kernel_call(SYS_newfstatat, next_dirfd.get()(stream), as_argument(name), as_argument(&status),
                     AT_SYMLINK_NOFOLLOW) == 0;
}

dirent* next_of_ours(FolderStream& own) {
  for (;;) {
    EntryKind kind = EntryKind::Folder;
    const char* name = nullptr;
    const unsigned number = own.number++;
    if (!own.shared && number < kDots) {
      name = number == 0 ? "." : "..";
    } else {
      name = driver()->name_in(own.folder, own.shared ? number : number - kDots, &kind);
    }
    if (name == nullptr) {
      --own.number;
      return nullptr;
    }
    if (own.shared && kernel_has(own.stream, name)) continue;
    own.entry = {};
    own.entry.d_ino = number + 1;
    own.entry.d_off = number + 1;
    own.entry.d_reclen = sizeof own.entry;
    own.entry.d_type = kind == EntryKind::Node ? DT_CHR : kind == EntryKind::File ? DT_REG : DT_DIR;
    append(own.entry.d_name, {name, std::min(length_of(name), sizeof own.entry.d_name - 1)});
    return &own.entry;
  }
}

}  // namespace

DIR* open_folder(const char* path) {
  DIR* stream = next_opendir.get()(path);
  if (stream == nullptr && !is_missing(errno)) return nullptr;
  if (path == nullptr || !may_list_ours(path) || length_of(path) >= kLongestFolder) return stream;
  Entry entry;
  const DriverInterface* asked = driver();
  if (asked == nullptr || asked->look_up(path, &entry) != 0) return stream;
  if (entry.kind != EntryKind::SharedFolder && entry.kind != EntryKind::Folder) return stream;
  const bool shared = entry.kind == EntryKind::SharedFolder && stream != nullptr;
  if (!shared && stream != nullptr) next_closedir.get()(stream);
  if (!shared) stream = next_opendir.get()("/");
  auto* own = static_cast<FolderStream*>(std::calloc(1, sizeof(FolderStream)));
  if (stream == nullptr || own == nullptr) {
    std::free(own);
    return stream;
  }
  own->stream = stream;
  own->shared = shared;
  append(own->folder, whole(path));
  const ListLock lock;
  own->following = streams;
  streams = own;
  ++stream_count;
  return stream;
}

bool is_ours(DIR* stream) {
  return find(stream) != nullptr;
}

dirent* read_folder(DIR* stream) {
  FolderStream* own = find(stream);
  if (own == nullptr || (own->shared && own->number == 0)) {
    const int error = errno;
    errno = 0;
    dirent* entry = next_readdir.get()(stream);
    const bool at_end = entry == nullptr && errno == 0;
    if (errno == 0) errno = error;
    if (own == nullptr || !at_end) return entry;
  }
  return next_of_ours(*own);
}

int close_folder(DIR* stream) {
  std::free(take(stream));
  return next_closedir.get()(stream);
}

void rewind_folder(DIR* stream) {
  if (FolderStream* own = find(stream); own != nullptr) own->number = 0;
  next_rewinddir.get()(stream);
}

int descriptor_of(DIR* stream) {
  const FolderStream* own = find(stream);
  if (own == nullptr || own->shared) return next_dirfd.get()(stream);
  errno = ENOTSUP;
  return -1;
}

}  // namespace vgpu::preload
