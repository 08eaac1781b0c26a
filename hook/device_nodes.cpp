#include "hook/device_nodes.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>

#include "gpu/model/device_nodes.h"

namespace vgpu::hook {
namespace {

constexpr const char* kSharedFolder = "/run/vgpu/dev";

bool is_node(const std::string& path, const model::DeviceNode& node) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 && S_ISCHR(status.st_mode) &&
         status.st_rdev == ::makedev(node.major, node.minor);
}

// Of this container alone, so that a change of their mode inside is nobody else's.
bool make_nodes(const std::string& folder, unsigned devices) {
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return false;
  for (const model::DeviceNode& node : model::device_nodes(devices)) {
    const std::string path = folder + "/" + node.name;
    if (::mknod(path.c_str(), S_IFCHR | 0666, ::makedev(node.major, node.minor)) != 0) return false;
    if (::chmod(path.c_str(), 0666) != 0) return false;
  }
  return true;
}

}  // namespace

std::string device_node_folder(const std::string& state_folder, unsigned devices) {
  const std::string own = state_folder + "/dev";
  if (make_nodes(own, devices)) return own;
  for (const model::DeviceNode& node : model::device_nodes(devices)) {
    if (!is_node(std::string(kSharedFolder) + "/" + node.name, node)) return {};
  }
  return kSharedFolder;
}

}  // namespace vgpu::hook
