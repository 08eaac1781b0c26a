#pragma once

#include "base/error.h"
#include "hook/container_namespace.h"
#include "oci/cache_request.h"

// The cache of compiled kernels that a container shares with others of its owner (host/cache_folders.h).
namespace vgpu::hook {

// Makes its folder on the host where it is missing, and gives its path. Fails with `vgpu.dev/cache="NAME": REASON`.
Expected<std::string> make_cache(const oci::CacheRequest& cache);

// Mounts it into a container, whose device folder is mounted, below that one. `root` is the host path of the
// container's root file system. Leaves this process, which must have one thread, in the host's namespace unless it
// fails.
Expected<void> mount_cache(const oci::CacheRequest& cache, const ContainerNamespace& space, const std::string& root);

}  // namespace vgpu::hook
