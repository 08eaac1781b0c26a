#include "hook/shared_cache.h"

#include <fcntl.h>

#include <cerrno>

#include "gpu/model/cache_folder.h"
#include "host/cache_folders.h"
#include "oci/rootfs.h"

namespace vgpu::hook {
namespace {

std::unexpected<Error> refuse(const oci::CacheRequest& cache, const Error& error) {
  return failure("vgpu.dev/cache=\"" + cache.name + (cache.read_only ? ":ro" : "") + "\": " + error.message);
}

}  // namespace

Expected<std::string> make_cache(const oci::CacheRequest& cache) {
  const auto base = host::cache_base();
  if (!base) return refuse(cache, base.error());
  auto folder = host::make_cache_folder(*base, cache.owner, cache.name);
  if (!folder) return refuse(cache, folder.error());
  return folder;
}

Expected<void> mount_cache(const oci::CacheRequest& cache, const ContainerNamespace& space, const std::string& root) {
  const auto folder = make_cache(cache);
  if (!folder) return std::unexpected(folder.error());
  constexpr std::uint64_t kShared = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  const auto mount = detached_mount(*folder, cache.read_only ? kShared | MOUNT_ATTR_RDONLY : kShared);
  if (!mount) return refuse(cache, mount.error());
  if (auto entered = space.enter(); !entered) return entered;
  const FileDescriptor root_folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root_folder.valid()) return system_failure("open root file system", root, errno);
  const FileDescriptor target = oci::open_in_root(root_folder.get(), model::kCacheFolder, O_PATH | O_DIRECTORY);
  if (!target.valid()) return system_failure("open", model::kCacheFolder, errno);
  if (space.is_shared(target)) {
    return failure("mount \"" + std::string(model::kCacheFolder) +
                   "\": is in a volume that shares its mounts with the host");
  }
  if (auto attached = attach_mount(*mount, target, model::kCacheFolder); !attached) return attached;
  return space.leave();
}

}  // namespace vgpu::hook
