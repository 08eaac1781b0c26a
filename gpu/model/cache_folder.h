#pragma once

// Where a container has the cache of compiled kernels that it shares with others (vgpu.dev/cache).
namespace vgpu::model {

// Below the folder that vgpu mounts, so that no image can bring it, and it is known to programs that do not have the
// container's environment.
inline constexpr const char* kCacheFolder = "/etc/vgpu/cache";

// CUDA's variable for it.
inline constexpr const char* kCachePathVariable = "CUDA_CACHE_PATH";

}  // namespace vgpu::model
