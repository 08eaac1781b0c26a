#include "hook/mount_points.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "hook/container_state.h"
#include "host/state_root.h"
#include "oci/rootfs.h"

namespace vgpu::hook {
namespace {

// False when the file is there still.
bool remove_if_empty(int root, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const FileDescriptor folder = oci::open_in_root(root, slash == 0 ? "/" : path.substr(0, slash), O_PATH | O_DIRECTORY);
  if (!folder.valid()) return true;
  const char* name = path.c_str() + slash + 1;
  struct stat status{};
  if (::fstatat(folder.get(), name, &status, AT_SYMLINK_NOFOLLOW) != 0) return errno != EACCES;
  if (!S_ISREG(status.st_mode) || status.st_size != 0) return true;
  return ::unlinkat(folder.get(), name, 0) == 0 || errno == ENOENT;
}

}  // namespace

Expected<void> record_mount_points(StateFolders& states, const std::string& id, const MountPoints& mount_points) {
  const nlohmann::json content = {{"root", mount_points.root}, {"files", mount_points.files}};
  return states.write(id,
                      {host::kMountPointsFile, content.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)});
}

bool remove_mount_points(const StateFolders& states, const std::string& id) {
  const auto text = read_file(states.path_of(id) + "/" + host::kMountPointsFile);
  if (!text) return true;
  const nlohmann::json content = nlohmann::json::parse(*text, nullptr, false);
  if (!content.is_object() || !content.contains("root") || !content.contains("files")) return true;
  const FileDescriptor root(::open(content["root"].get<std::string>().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return errno != EACCES;
  bool removed = true;
  for (const std::string& path : content["files"].get<std::vector<std::string>>()) {
    removed = remove_if_empty(root.get(), path) && removed;
  }
  return removed;
}

void sweep(StateFolders& states) {
  states.sweep([&](const std::string& id) { return remove_mount_points(states, id); });
}

}  // namespace vgpu::hook
