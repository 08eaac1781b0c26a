#include <fmt/format.h>

#include <cstring>

#include "base/log.h"
#include "shims/cuda/api.h"
#include "shims/cuda/function.h"
#include "shims/cuda/graph.h"

namespace vgpu::cuda {
namespace {

constexpr gpu::Dimensions kMaximumGrid{2147483647, 65535, 65535}, kMaximumBlock{1024, 1024, 64};

CUresult refuse(const Function& function, CUresult result, std::string_view reason) {
  log(LogLevel::Error, fmt::format("kernel \"{}\": not launched: {}", function.kernel->name(), reason));
  return result;
}

bool fits(const gpu::Dimensions& dimensions, const gpu::Dimensions& maximum) {
  for (std::size_t axis = 0; axis < dimensions.size(); ++axis) {
    if (dimensions[axis] == 0 || dimensions[axis] > maximum[axis]) return false;
  }
  return true;
}

std::string text_of(const gpu::Dimensions& dimensions) {
  return fmt::format("({}, {}, {})", dimensions[0], dimensions[1], dimensions[2]);
}

CUresult check_shape(const Function& function, const model::Profile& profile, const gpu::LaunchWork& work) {
  const auto invalid = [&](std::string_view reason) { return refuse(function, CUDA_ERROR_INVALID_VALUE, reason); };
  if (!fits(work.grid, kMaximumGrid)) {
    return invalid(fmt::format("grid {} is empty or larger than {}", text_of(work.grid), text_of(kMaximumGrid)));
  }
  if (!fits(work.block, kMaximumBlock)) {
    return invalid(fmt::format("block {} is empty or larger than {}", text_of(work.block), text_of(kMaximumBlock)));
  }
  const std::uint64_t threads = std::uint64_t{work.block[0]} * work.block[1] * work.block[2];
  if (threads > profile.threads_per_block) {
    return invalid(fmt::format("{} threads in a block, at most {}", threads, profile.threads_per_block));
  }
  const gpu::KernelAttributes& attributes = function.kernel->attributes();
  if (attributes.maximum_threads != 0 && threads > attributes.maximum_threads) {
    return refuse(function, CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES,
                  fmt::format("{} threads in a block, built for {}", threads, attributes.maximum_threads));
  }
  const std::uint32_t maximum_shared = maximum_dynamic_shared(function, profile);
  if (work.dynamic_shared_size > maximum_shared) {
    return invalid(
        fmt::format("{} bytes of dynamic shared memory, at most {}", work.dynamic_shared_size, maximum_shared));
  }
  return CUDA_SUCCESS;
}

// The parameter block from an array of pointers, one for each parameter, or from the buffer that `extra` names.
CUresult gather_parameters(const Function& function, void** parameters, void** extra, std::vector<std::byte>& block) {
  const gpu::KernelObject& kernel = *function.kernel;
  const auto invalid = [&](std::string_view reason) { return refuse(function, CUDA_ERROR_INVALID_VALUE, reason); };
  block.resize(kernel.parameter_block_size());
  if (block.empty()) return CUDA_SUCCESS;
  if (parameters != nullptr) {
    if (extra != nullptr) return invalid("its parameters are given in two ways");
    for (const auto& parameter : kernel.parameters()) {
      if (*parameters == nullptr) return invalid("one of its parameters has no value");
      std::memcpy(block.data() + parameter.offset, *parameters++, parameter.size);
    }
    return CUDA_SUCCESS;
  }
  if (extra == nullptr) return invalid("its parameters have no values");
  const void* buffer = nullptr;
  std::size_t size = 0;
  for (; *extra != nullptr; extra += 2) {
    if (extra[0] == CU_LAUNCH_PARAM_BUFFER_POINTER) {
      buffer = extra[1];
    } else if (extra[0] == CU_LAUNCH_PARAM_BUFFER_SIZE) {
      size = *static_cast<const std::size_t*>(extra[1]);
    } else {
      return invalid("its parameters are given in a way that is not known");
    }
  }
  if (buffer == nullptr || size > block.size()) {
    return invalid(fmt::format("a buffer of {} bytes for {} bytes of parameters", size, block.size()));
  }
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
  work.kernel = function->kernel;
  work.grid = grid;
  work.block = block;
  work.dynamic_shared_size = shared_size;
  work.cooperative = cooperative;
  const model::Profile& profile = current_context()->profile();
  const CUresult result = check_shape(*function, profile, work);
  if (result != CUDA_SUCCESS) return result;
  if (cooperative) {
    const std::uint64_t threads = std::uint64_t{block[0]} * block[1] * block[2];
    const std::uint64_t resident = std::uint64_t{profile.multiprocessors} *
                                   static_cast<unsigned>(resident_blocks(*function, profile, threads, shared_size));
    if (std::uint64_t{grid[0]} * grid[1] * grid[2] > resident) return CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE;
  }
  return gather_parameters(*function, parameters, extra, work.parameters);
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
