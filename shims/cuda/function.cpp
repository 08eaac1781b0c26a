#include "shims/cuda/function.h"

#include <algorithm>

#include "shims/cuda/api.h"

namespace vgpu::cuda {
namespace {

// CUfunction_attribute.
enum : CUfunction_attribute {
  kMaximumThreads = 0,
  kSharedSize = 1,
  kConstantSize = 2,
  kLocalSize = 3,
  kRegisters = 4,
  kPtxVersion = 5,
  kBinaryVersion = 6,
  kCacheModeCa = 7,
  kMaximumDynamicShared = 8,
  kCarveout = 9,
  kLastAttribute = 17,
};

CUresult get_attribute(const Function& function, const model::Profile& profile, CUfunction_attribute attribute,
                       int& value) {
  const gpu::KernelAttributes& attributes = function.kernel->attributes();
  switch (attribute) {
    case kMaximumThreads:
      value =
          static_cast<int>(attributes.maximum_threads != 0 ? attributes.maximum_threads : profile.threads_per_block);
      break;
    case kSharedSize:
      value = static_cast<int>(attributes.static_shared_size);
      break;
    case kConstantSize:
      value = static_cast<int>(attributes.constant_size);
      break;
    case kLocalSize:
      value = static_cast<int>(attributes.local_size);
      break;
    case kRegisters:
      value = static_cast<int>(attributes.registers);
      break;
    case kPtxVersion:
      value = static_cast<int>(attributes.ptx_version);
      break;
    case kBinaryVersion:
      value = static_cast<int>(attributes.binary_version);
      break;
    case kMaximumDynamicShared:
      value = static_cast<int>(maximum_dynamic_shared(function, profile));
      break;
    case kCarveout:
      value = function.carveout;
      break;
    default:
      if (attribute < 0 || attribute > kLastAttribute) return CUDA_ERROR_INVALID_VALUE;
      value = 0;
  }
  return CUDA_SUCCESS;
}

CUresult set_attribute(Function& function, const model::Profile& profile, CUfunction_attribute attribute, int value) {
  switch (attribute) {
    case kMaximumDynamicShared: {
      const auto fixed = function.kernel->attributes().static_shared_size;
      if (value < 0 || static_cast<std::uint64_t>(value) + fixed > profile.shared_per_block_optin) {
        return CUDA_ERROR_INVALID_VALUE;
      }
      function.maximum_dynamic_shared = value;
      return CUDA_SUCCESS;
    }
    case kCarveout:
      if (value < -1 || value > 100) return CUDA_ERROR_INVALID_VALUE;
      function.carveout = value;
      return CUDA_SUCCESS;
    default:
      // Attributes of clusters, and those that cannot be set.
      return attribute > kCarveout && attribute <= kLastAttribute ? CUDA_ERROR_NOT_SUPPORTED : CUDA_ERROR_INVALID_VALUE;
  }
}

}  // namespace

int resident_blocks(const Function& function, const model::Profile& profile, std::uint64_t threads,
                    std::uint64_t dynamic_shared) {
  const gpu::KernelAttributes& attributes = function.kernel->attributes();
  const std::uint64_t rounded = (threads + 31) / 32 * 32;
  if (rounded == 0 || rounded > profile.threads_per_block) return 0;
  std::uint64_t blocks =
      std::min<std::uint64_t>(profile.blocks_per_multiprocessor, profile.threads_per_multiprocessor / rounded);
  const std::uint64_t shared = attributes.static_shared_size + dynamic_shared;
  if (shared > std::max(profile.shared_per_block, profile.shared_per_block_optin)) return 0;
  const std::uint64_t charged = shared + profile.reserved_shared_per_block;
  if (charged != 0) blocks = std::min<std::uint64_t>(blocks, profile.shared_per_multiprocessor / charged);
  const std::uint64_t registers = attributes.registers * rounded;
  if (registers != 0) blocks = std::min<std::uint64_t>(blocks, profile.registers_per_multiprocessor / registers);
  return static_cast<int>(blocks);
}

std::uint32_t maximum_dynamic_shared(const Function& function, const model::Profile& profile) {
  const int raised = function.maximum_dynamic_shared;
  const auto fixed = static_cast<std::uint32_t>(function.kernel->attributes().static_shared_size);
  const std::uint32_t left = profile.shared_per_block > fixed ? profile.shared_per_block - fixed : 0;
  return raised < 0 ? left : std::max(left, static_cast<std::uint32_t>(raised));
}

namespace api {

CUresult cuFuncGetAttribute(int* value, CUfunction_attribute attribute, CUfunction handle) {
  if (value == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto function = find_function(handle);
  if (function == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  return get_attribute(*function, current_context()->profile(), attribute, *value);
}

CUresult cuFuncSetAttribute(CUfunction handle, CUfunction_attribute attribute, int value) {
  const auto function = find_function(handle);
  if (function == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  return set_attribute(*function, current_context()->profile(), attribute, value);
}

CUresult cuKernelGetAttribute(int* value, CUfunction_attribute attribute, CUkernel kernel, CUdevice) {
  return cuFuncGetAttribute(value, attribute, reinterpret_cast<CUfunction>(kernel));
}

CUresult cuKernelSetAttribute(CUfunction_attribute attribute, int value, CUkernel handle, CUdevice) {
  const CUresult result = cuFuncSetAttribute(reinterpret_cast<CUfunction>(handle), attribute, value);
  if (result == CUDA_SUCCESS && attribute == kMaximumDynamicShared) {
    if (const auto kernel = driver().kernels.find(handle)) kernel->maximum_dynamic_shared = value;
  }
  return result;
}

CUresult cuFuncSetCacheConfig(CUfunction handle, CUfunc_cache config) {
  if (find_function(handle) == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  return config < 0 || config > 3 ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuKernelSetCacheConfig(CUkernel kernel, CUfunc_cache config, CUdevice) {
  return cuFuncSetCacheConfig(reinterpret_cast<CUfunction>(kernel), config);
}

CUresult cuFuncSetSharedMemConfig(CUfunction handle, CUsharedconfig config) {
  if (find_function(handle) == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  return config < 0 || config > 2 ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuFuncGetModule(CUmodule* module, CUfunction handle) {
  if (module == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto function = find_function(handle);
  if (function == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  *module = reinterpret_cast<CUmodule>(function->module.get());
  return CUDA_SUCCESS;
}

CUresult cuFuncGetName(const char** name, CUfunction handle) {
  if (name == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto function = find_function(handle);
  if (function == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  *name = function->kernel->name().c_str();
  return CUDA_SUCCESS;
}

CUresult cuFuncGetParamInfo(CUfunction handle, std::size_t index, std::size_t* offset, std::size_t* size) {
  if (offset == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto function = find_function(handle);
  if (function == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const auto& parameters = function->kernel->parameters();
  if (index >= parameters.size()) return CUDA_ERROR_INVALID_VALUE;
  *offset = parameters[index].offset;
  if (size != nullptr) *size = parameters[index].size;
  return CUDA_SUCCESS;
}

CUresult cuKernelGetParamInfo(CUkernel kernel, std::size_t index, std::size_t* offset, std::size_t* size) {
  return cuFuncGetParamInfo(reinterpret_cast<CUfunction>(kernel), index, offset, size);
}

CUresult cuFuncIsLoaded(CUfunctionLoadingState* state, CUfunction handle) {
  constexpr CUfunctionLoadingState kLoaded = 1;
  if (state == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (find_function(handle) == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  *state = kLoaded;
  return CUDA_SUCCESS;
}

CUresult cuFuncLoad(CUfunction handle) {
  return find_function(handle) != nullptr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* block_count, CUfunction handle, int block_size,
                                                              std::size_t dynamic_shared_size, unsigned) {
  if (block_count == nullptr || block_size <= 0) return CUDA_ERROR_INVALID_VALUE;
  const auto function = find_function(handle);
  if (function == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  *block_count = resident_blocks(*function, current_context()->profile(), static_cast<std::uint64_t>(block_size),
                                 dynamic_shared_size);
  return CUDA_SUCCESS;
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* block_count, CUfunction function, int block_size,
                                                     std::size_t dynamic_shared_size) {
  return cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(block_count, function, block_size, dynamic_shared_size,
                                                              0);
}

CUresult cuOccupancyMaxPotentialBlockSizeWithFlags(int* minimum_grid, int* block_size, CUfunction handle,
                                                   CUoccupancyB2DSize shared_size_of_block,
                                                   std::size_t dynamic_shared_size, int block_size_limit, unsigned) {
  if (minimum_grid == nullptr || block_size == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const auto function = find_function(handle);
  if (function == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const model::Profile& profile = current_context()->profile();
  int limit = 0;
  get_attribute(*function, profile, kMaximumThreads, limit);
  if (block_size_limit > 0) limit = std::min(limit, block_size_limit);
  int best_size = 0, best_blocks = 0;
  for (int size = (limit + 31) / 32 * 32; size > 0; size -= 32) {
    const int threads = std::min(size, limit);
    const std::size_t shared = shared_size_of_block != nullptr ? shared_size_of_block(threads) : dynamic_shared_size;
    const int blocks = resident_blocks(*function, profile, static_cast<std::uint64_t>(threads), shared);
    if (blocks * threads > best_blocks * best_size) {
      best_size = threads;
      best_blocks = blocks;
    }
  }
  *block_size = best_size;
  *minimum_grid = best_blocks * static_cast<int>(profile.multiprocessors);
  return CUDA_SUCCESS;
}

CUresult cuOccupancyMaxPotentialBlockSize(int* minimum_grid, int* block_size, CUfunction function,
                                          CUoccupancyB2DSize shared_size_of_block, std::size_t dynamic_shared_size,
                                          int block_size_limit) {
  return cuOccupancyMaxPotentialBlockSizeWithFlags(minimum_grid, block_size, function, shared_size_of_block,
                                                   dynamic_shared_size, block_size_limit, 0);
}

CUresult cuOccupancyAvailableDynamicSMemPerBlock(std::size_t* dynamic_shared_size, CUfunction handle, int block_count,
                                                 int block_size) {
  if (dynamic_shared_size == nullptr || block_count <= 0 || block_size <= 0) return CUDA_ERROR_INVALID_VALUE;
  const auto function = find_function(handle);
  if (function == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const model::Profile& profile = current_context()->profile();
  const std::uint64_t used = function->kernel->attributes().static_shared_size + profile.reserved_shared_per_block;
  const std::uint64_t share = profile.shared_per_multiprocessor / static_cast<unsigned>(block_count);
  *dynamic_shared_size =
      std::min<std::uint64_t>(maximum_dynamic_shared(*function, profile), share > used ? share - used : 0);
  return CUDA_SUCCESS;
}

}  // namespace api
}  // namespace vgpu::cuda
