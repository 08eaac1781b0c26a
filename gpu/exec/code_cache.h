#pragma once

#include <cstdint>
#include <string>

namespace vgpu::exec {

// Where compiled kernels are kept between processes.
struct CodeCache {
  std::string directory;           // empty: nowhere
  std::uint64_t maximum_size = 0;  // bytes
};

// From the environment, as CUDA documents the variables: CUDA_CACHE_PATH, CUDA_CACHE_DISABLE=1 and CUDA_CACHE_MAXSIZE
// (bytes; 1 GiB by default, at most 4 GiB). Without a path: vgpu/ComputeCache in XDG_CACHE_HOME or $HOME/.cache.
// Creates the folder; none when that cannot be done or it cannot be written.
CodeCache find_code_cache();

// The same, looked up once in the process.
const CodeCache& code_cache();

}  // namespace vgpu::exec
