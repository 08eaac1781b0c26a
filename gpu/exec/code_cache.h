#pragma once

#include <cstdint>
#include <string>

#include "gpu/model/cache_folder.h"

namespace vgpu::exec {

// Where compiled kernels are kept between processes.
struct CodeCache {
  std::string directory;            // empty: nowhere
  std::uint64_t maximum_size = 0;   // bytes
  bool shared = false;              // with users of other IDs
  std::string read_only_directory;  // looked in first, never written; empty: nowhere
};

// From the environment, as CUDA documents the variables: CUDA_CACHE_PATH, CUDA_CACHE_DISABLE=1 and CUDA_CACHE_MAXSIZE
// (bytes; 1 GiB by default, at most 4 GiB). Without a path, or with that of `shared_folder`: the shared folder where
// there is one. Without it, and beside one that cannot be written: vgpu/ComputeCache in XDG_CACHE_HOME or $HOME/.cache,
// which is made; none when that cannot be done or it cannot be written.
CodeCache find_code_cache(const std::string& shared_folder = model::kCacheFolder);

// The same, looked up once in the process.
const CodeCache& code_cache();

}  // namespace vgpu::exec
