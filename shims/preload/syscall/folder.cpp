#include <dirent.h>

#include <cerrno>
#include <cstdlib>

#include "shims/preload/syscall/c_library.h"
#include "shims/preload/syscall/exported.h"
#include "shims/preload/syscall/folder_streams.h"
#include "shims/preload/syscall/next_function.h"
#include "shims/preload/text.h"

namespace {

using namespace vgpu::preload;

using Filter = int (*)(const dirent*);
using Compare = int (*)(const dirent**, const dirent**);

NextFunction<int(const char*, dirent***, Filter, Compare)> next_scandir("scandir");

void free_entries(dirent** entries, std::size_t count) {
  while (count > 0) std::free(entries[--count]);
  std::free(entries);
}

// scandir(3) of a stream: the number of entries, or -1.
int scan(DIR* stream, dirent*** result, Filter filter, Compare compare) {
  dirent** entries = nullptr;
  std::size_t count = 0, room = 0;
  while (const dirent* entry = read_folder(stream)) {
    if (filter != nullptr && filter(entry) == 0) continue;
    if (count == room) {
      room = room == 0 ? 16 : room * 2;
      auto** larger = static_cast<dirent**>(std::realloc(entries, room * sizeof *entries));
      if (larger == nullptr) {
        free_entries(entries, count);
        return -1;
      }
      entries = larger;
    }
    auto* copy = static_cast<dirent*>(std::calloc(1, entry->d_reclen));
    if (copy == nullptr) {
      free_entries(entries, count);
      return -1;
    }
    append(reinterpret_cast<char*>(copy), {reinterpret_cast<const char*>(entry), entry->d_reclen});
    entries[count++] = copy;
  }
  if (compare != nullptr && count > 0) {
    std::qsort(entries, count, sizeof *entries, reinterpret_cast<int (*)(const void*, const void*)>(compare));
  }
  *result = entries;
  return static_cast<int>(count);
}

int scan_path(const char* path, dirent*** result, Filter filter, Compare compare) {
  DIR* stream = open_folder(path);
  if (stream == nullptr) return -1;
  const bool ours = is_ours(stream);
  const int count = ours ? scan(stream, result, filter, compare) : 0;
  close_folder(stream);
  return ours ? count : next_scandir.get()(path, result, filter, compare);
}

}  // namespace

VGPU_EXPORTED DIR* opendir(const char* path) {
  return open_folder(path);
}
VGPU_EXPORTED dirent* readdir(DIR* stream) {
  return read_folder(stream);
}
VGPU_EXPORTED dirent64* readdir64(DIR* stream) {
  return reinterpret_cast<dirent64*>(read_folder(stream));
}
VGPU_EXPORTED int closedir(DIR* stream) {
  return close_folder(stream);
}
VGPU_EXPORTED void rewinddir(DIR* stream) noexcept {
  rewind_folder(stream);
}
VGPU_EXPORTED int dirfd(DIR* stream) noexcept {
  return descriptor_of(stream);
}
VGPU_EXPORTED int scandir(const char* path, dirent*** result, Filter filter, Compare compare) {
  return scan_path(path, result, filter, compare);
}
VGPU_EXPORTED int scandir64(const char* path, dirent64*** result, int (*filter)(const dirent64*),
                            int (*compare)(const dirent64**, const dirent64**)) {
  return scan_path(path, reinterpret_cast<dirent***>(result), reinterpret_cast<Filter>(filter),
                   reinterpret_cast<Compare>(compare));
}
