#include "host/folder_removal.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file_descriptor.h"
#include "host/folder_names.h"

namespace vgpu::host {
namespace {

constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr std::size_t kNamesAtOnce = 4096;
// Far more than a folder takes that nobody writes to: each round removes kNamesAtOnce names, or one level.
constexpr unsigned kMostRounds = 1U << 16;

// Folders deep below are moved up to the one that is removed, one level at a time: neither the stack nor the number of
// open files grows with the depth.
class Removal {
 public:
  Removal(const FileDescriptor& top, const std::string& path) : top_(top), path_(path) {}

  Expected<void> empty() {
    for (unsigned round = 0; round < kMostRounds; ++round) {
      const auto names = folder_names(top_.get(), kNamesAtOnce);
      if (names.empty()) return {};
      for (const std::string& name : names) {
        if (auto removed = remove(name); !removed) return removed;
      }
    }
    return failure("remove \"" + path_ + "\": somebody keeps writing to it");
  }

 private:
  Expected<void> remove(const std::string& name) {
    if (::unlinkat(top_.get(), name.c_str(), 0) == 0 || errno == ENOENT) return {};
    if (errno != EISDIR && errno != EPERM) return system_failure("remove", path_ + "/" + name, errno);
    if (::unlinkat(top_.get(), name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
    if (errno != ENOTEMPTY && errno != EEXIST) return system_failure("remove", path_ + "/" + name, errno);
    const FileDescriptor folder(::openat(top_.get(), name.c_str(), kFolder));
    if (!folder.valid()) return system_failure("open folder", path_ + "/" + name, errno);
    for (const std::string& inner : folder_names(folder.get(), kNamesAtOnce)) {
      if (::unlinkat(folder.get(), inner.c_str(), 0) == 0 || errno == ENOENT) continue;
      const std::string moved = ".moved-" + std::to_string(moved_++);
      if (::renameat2(folder.get(), inner.c_str(), top_.get(), moved.c_str(), RENAME_NOREPLACE) == 0) continue;
      if (errno != ENOENT && errno != EEXIST) return system_failure("remove", path_ + "/" + name + "/" + inner, errno);
    }
    return {};
  }

  const FileDescriptor& top_;
  const std::string& path_;
  unsigned moved_ = 0;
};

}  // namespace

Expected<void> remove_folder(int parent, const std::string& name, const std::string& path) {
  const FileDescriptor folder(::openat(parent, name.c_str(), kFolder));
  if (!folder.valid()) return system_failure("open folder", path, errno);
  if (auto emptied = Removal(folder, path).empty(); !emptied) return emptied;
  if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) != 0) return system_failure("remove", path, errno);
  return {};
}

}  // namespace vgpu::host
