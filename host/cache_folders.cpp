#include "host/cache_folders.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "host/closed_folder.h"
#include "host/folder_names.h"
#include "host/folder_removal.h"
#include "host/state_root.h"

namespace vgpu::host {
namespace {

constexpr const char* kCaches = "cache";
constexpr std::size_t kMostNames = std::size_t{1} << 20;
constexpr const char* kObjectSuffix = ".vgpu";
// No name of a cache begins so.
constexpr const char* kRemoved = ".removed-";

std::string path_of(const std::string& base, const std::string& owner, const std::string& name) {
  return base + "/" + kCaches + "/" + owner + "/" + name;
}

// passwd(5): NAME:PASSWORD:UID:GID:COMMENT:HOME:SHELL. A program that is linked statically cannot ask the name service.
std::string home_of(unsigned long user) {
  std::ifstream users("/etc/passwd");
  for (std::string line; std::getline(users, line);) {
    std::istringstream text(line);
    std::vector<std::string> fields;
    for (std::string field; std::getline(text, field, ':');) fields.push_back(field);
    if (fields.size() >= 6 && fields[2] == std::to_string(user)) return fields[5];
  }
  return {};
}

// Adds up what is in a cache's folder.
void count(const FileDescriptor& folder, SharedCache& cache) {
  for (const std::string& name : folder_names(folder.get(), kMostNames)) {
    struct stat status{};
    if (!name.ends_with(kObjectSuffix)) continue;
    if (::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) continue;
    ++cache.files;
    cache.bytes += static_cast<std::uint64_t>(status.st_blocks) * 512;
    cache.last_use = std::max(cache.last_use, status.st_mtime);
  }
}

void list_owner(const FileDescriptor& folder, const std::string& owner, std::vector<SharedCache>& caches) {
  for (const std::string& name : folder_names(folder.get(), kMostNames)) {
    if (name.starts_with('.')) continue;
    const FileDescriptor cache(::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!cache.valid()) continue;
    caches.push_back({owner, name});
    count(cache, caches.back());
  }
}

}  // namespace

Expected<std::string> cache_base() {
  const unsigned long user = state_user();
  if (user == 0) return std::string("/var/lib/vgpu");
  const std::string home = home_of(user);
  if (!home.starts_with('/')) return failure("user " + std::to_string(user) + ": has no home folder in /etc/passwd");
  return home + "/.local/state/vgpu";
}

Expected<std::string> make_cache_folder(const std::string& base, const std::string& owner, const std::string& name) {
  std::error_code error;
  std::filesystem::create_directories(base, error);
  if (error) return failure("make folder \"" + base + "\": " + error.message());
  const auto parent = make_closed_folder(base, std::string(kCaches) + "/" + owner);
  if (!parent) return std::unexpected(parent.error());
  std::string path = path_of(base, owner, name);
  if (::mkdirat(parent->get(), name.c_str(), 0777) != 0 && errno != EEXIST) {
    return system_failure("make folder", path, errno);
  }
  const FileDescriptor folder(::openat(parent->get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (!folder.valid() || ::fstat(folder.get(), &status) != 0) return system_failure("open folder", path, errno);
  if ((status.st_mode & 07777) != 0777 && ::fchmod(folder.get(), 0777) != 0) {
    return system_failure("set mode of", path, errno);
  }
  return path;
}

Expected<std::vector<SharedCache>> list_caches(const std::string& base) {
  std::vector<SharedCache> caches;
  const std::string root = std::string(kCaches);
  const auto user = open_closed_folder(base, root + "/user");
  if (!user) return std::unexpected(user.error());
  if (user->valid()) list_owner(*user, "user", caches);
  const auto namespaces = open_closed_folder(base, root + "/namespace");
  if (!namespaces) return std::unexpected(namespaces.error());
  if (namespaces->valid()) {
    for (const std::string& name : folder_names(namespaces->get(), kMostNames)) {
      const auto folder = open_closed_folder(base, root + "/namespace/" + name);
      if (!folder) return std::unexpected(folder.error());
      if (folder->valid()) list_owner(*folder, "namespace/" + name, caches);
    }
  }
  std::ranges::sort(caches, {}, [](const SharedCache& cache) { return std::pair(cache.owner, cache.name); });
  return caches;
}

Expected<void> remove_cache(const std::string& base, const std::string& owner, const std::string& name) {
  const std::string path = path_of(base, owner, name);
  const auto parent = open_closed_folder(base, std::string(kCaches) + "/" + owner);
  if (!parent) return std::unexpected(parent.error());
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) return system_failure("make name for", path, errno);
  const std::string removed = kRemoved + std::to_string(number);
  // Containers that start from here on have a new one.
  if (!parent->valid() || ::renameat(parent->get(), name.c_str(), parent->get(), removed.c_str()) != 0) {
    return system_failure("remove", path, parent->valid() ? errno : ENOENT);
  }
  return remove_folder(parent->get(), removed, path);
}

}  // namespace vgpu::host
