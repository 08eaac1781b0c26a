#include "gpu/jit/object_cache_room.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"
#include "gpu/jit/object_cache_file.h"

namespace vgpu::jit {
namespace {

constexpr std::time_t kLongestWrite = 3600;  // seconds
// A folder may be made to be endless.
constexpr std::size_t kMostFiles = 65536;

struct File {
  std::string name;
  std::uint64_t size;
  std::pair<std::time_t, long> used;
};

struct CloseStream {
  void operator()(DIR* stream) const { ::closedir(stream); }
};
using Stream = std::unique_ptr<DIR, CloseStream>;

Stream read_folder(int folder) {
  FileDescriptor own(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!own.valid()) return nullptr;
  Stream stream(::fdopendir(own.get()));
  if (stream) static_cast<void>(own.release());
  return stream;
}

}  // namespace

void make_room(int folder, std::uint64_t bytes, std::uint64_t maximum) {
  const Stream stream = read_folder(folder);
  if (!stream) return;
  std::vector<File> files;
  std::uint64_t total = bytes;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = static_cast<const char*>(entry->d_name);
    const bool unfinished = name.ends_with(kUnfinishedSuffix);
    struct stat status{};
    if (!unfinished && !name.ends_with(kObjectSuffix)) continue;
    if (::fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) continue;
    if (unfinished) {
      if (std::time(nullptr) - status.st_mtime > kLongestWrite) ::unlinkat(folder, entry->d_name, 0);
      continue;
    }
    // Sizes that nobody has written are claimed by holes, and their sum would overflow.
    const auto size = std::min(static_cast<std::uint64_t>(status.st_size), 2 * kLargestObject);
    total += size;
    files.push_back({std::string(name), size, {status.st_mtim.tv_sec, status.st_mtim.tv_nsec}});
    if (files.size() == kMostFiles) break;
  }
  if (total <= maximum) return;
  std::ranges::sort(files, {}, &File::used);
  for (const File& file : files) {
    if (total <= maximum) break;
    // What another process has removed meanwhile is gone as well.
    if (::unlinkat(folder, file.name.c_str(), 0) == 0 || errno == ENOENT) total -= file.size;
  }
}

}  // namespace vgpu::jit
