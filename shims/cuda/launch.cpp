#include <cstring>

#include "shims/cuda/api.h"
#include "shims/cuda/function.h"
#include "shims/cuda/graph.h"

namespace vgpu::cuda {
namespace {

constexpr std::uint32_t kMaximumGridX = 2147483647, kMaximumGridYZ = 65535;
constexpr std::uint32_t kMaximumBlockXY = 1024, kMaximumBlockZ = 64;

CUresult check_shape(const Function& function, const model::Profile& profile, const gpu::LaunchWork& work) {
  const auto& [grid_x, grid_y, grid_z] = work.grid;
  const auto& [block_x, block_y, block_z] = work.block;
  if (grid_x == 0 || grid_y == 0 || grid_z == 0 || block_x == 0 || block_y == 0 || block_z == 0) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (grid_x > kMaximumGridX || grid_y > kMaximumGridYZ || grid_z > kMaximumGridYZ) return CUDA_ERROR_INVALID_VALUE;
  if (block_x > kMaximumBlockXY || block_y > kMaximumBlockXY || block_z > kMaximumBlockZ) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  const std::uint64_t threads = std::uint64_t{block_x} * block_y * block_z;
  if (threads > profile.threads_per_block) return CUDA_ERROR_INVALID_VALUE;
  const gpu::KernelAttributes& attributes = function.kernel->attributes();
  if (attributes.maximum_threads != 0 && threads > attributes.maximum_threads) {
    return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
  }
  if (work.dynamic_shared_size > maximum_dynamic_shared(function, profile)) return CUDA_ERROR_INVALID_VALUE;
  return CUDA_SUCCESS;
}

// The parameter block from an array of pointers, one for each parameter, or from the buffer that `extra` names.
CUresult gather_parameters(const gpu::KernelObject& kernel, void** parameters, void** extra,
                           std::vector<std::byte>& block) {
  block.resize(kernel.parameter_block_size());
  if (block.empty()) return CUDA_SUCCESS;
  if (parameters != nullptr) {
    if (extra != nullptr) return CUDA_ERROR_INVALID_VALUE;
    for (const auto& parameter : kernel.parameters()) {
      if (*parameters == nullptr) return CUDA_ERROR_INVALID_VALUE;
      std::memcpy(block.data() + parameter.offset, *parameters++, parameter.size);
    }
    return CUDA_SUCCESS;
  }
  if (extra == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const void* buffer = nullptr;
  std::size_t size = 0;
  for (; *extra != nullptr; extra += 2) {
    if (extra[0] == CU_LAUNCH_PARAM_BUFFER_POINTER) {
      buffer = extra[1];
    } else if (extra[0] == CU_LAUNCH_PARAM_BUFFER_SIZE) {
      size = *static_cast<const std::size_t*>(extra[1]);
    } else {
      return CUDA_ERROR_INVALID_VALUE;
    }
  }
  if (buffer == nullptr || size > block.size()) return CUDA_ERROR_INVALID_VALUE;
  std::memcpy(block.data(), buffer, size);
  return CUDA_SUCCESS;
}

CUresult launch(CUfunction function, const gpu::Dimensions& grid, const gpu::Dimensions& block, unsigned shared_size,
                CUstream stream_handle, void** parameters, void** extra, bool cooperative) {
  const auto stream = find_stream(stream_handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  gpu::LaunchWork work;
  const CUresult result = make_launch(function, grid, block, shared_size, parameters, extra, cooperative, work);
  if (result != CUDA_SUCCESS) return result;
  return submit(*stream, std::move(work), function);
}

}  // namespace

CUresult make_launch(CUfunction handle, const gpu::Dimensions& grid, const gpu::Dimensions& block, unsigned shared_size,
                     void** parameters, void** extra, bool cooperative, gpu::LaunchWork& work) {
  const auto function = find_function(handle);
  if (function == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  // A kernel's own grid must be resident at once, which this device does not promise (attribute 95 is 0).
  if (cooperative && std::uint64_t{grid[0]} * grid[1] * grid[2] != 1) return CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE;
  work.kernel = function->kernel;
  work.grid = grid;
  work.block = block;
  work.dynamic_shared_size = shared_size;
  work.cooperative = cooperative;
  const CUresult result = check_shape(*function, current_context()->profile(), work);
  if (result != CUDA_SUCCESS) return result;
  return gather_parameters(*function->kernel, parameters, extra, work.parameters);
}

namespace api {

CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                        unsigned block_y, unsigned block_z, unsigned shared_size, CUstream stream, void** parameters,
                        void** extra) {
  return launch(function, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_size, stream, parameters, extra,
                false);
}

CUresult cuLaunchCooperativeKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                                   unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_size,
                                   CUstream stream, void** parameters) {
  return launch(function, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_size, stream, parameters,
                nullptr, true);
}

// Attributes other than these two are hints: priorities, overlap with the kernel before, cache policies.
CUresult cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction function, void** parameters, void** extra) {
  if (config == nullptr || (config->attributes == nullptr && config->attribute_count != 0)) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  bool cooperative = false;
  for (unsigned index = 0; index < config->attribute_count; ++index) {
    const CUlaunchAttribute& attribute = config->attributes[index];
    if (attribute.id == CU_LAUNCH_ATTRIBUTE_COOPERATIVE) cooperative = attribute.value.cooperative != 0;
    if (attribute.id != CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION) continue;
    const auto& cluster = attribute.value.cluster;
    if (cluster[0] * cluster[1] * cluster[2] > 1) return CUDA_ERROR_NOT_SUPPORTED;
  }
  return launch(function, {config->grid_x, config->grid_y, config->grid_z},
                {config->block_x, config->block_y, config->block_z}, config->shared_size, config->stream, parameters,
                extra, cooperative);
}

}  // namespace api
}  // namespace vgpu::cuda
