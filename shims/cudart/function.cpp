#include "shims/cudart/api.h"
#include "shims/cudart/registration.h"
#include "shims/cudart/state.h"

// Launches, and what is asked about functions.
namespace vgpu::cudart::api {
namespace {

// Where the driver says that a value is invalid, this API says whether the shape of the launch is.
cudaError_t launch_error(CUresult result, const Dimensions3& grid, const Dimensions3& block) {
  if (result != CUDA_ERROR_INVALID_VALUE) return to_error(result);
  constexpr unsigned kMaximumGridX = 2147483647, kMaximumGridYZ = 65535, kMaximumThreads = 1024, kMaximumBlockZ = 64;
  const bool grid_fits = grid.x - 1 < kMaximumGridX && grid.y - 1 < kMaximumGridYZ && grid.z - 1 < kMaximumGridYZ;
  const bool block_fits = block.x - 1 < kMaximumThreads && block.y - 1 < kMaximumThreads &&
                          block.z - 1 < kMaximumBlockZ && std::uint64_t{block.x} * block.y * block.z <= kMaximumThreads;
  return grid_fits && block_fits ? cudaErrorInvalidValue : cudaErrorInvalidConfiguration;
}

// Calls `body(function)` with the driver's function behind a host stub.
template <class Body>
cudaError_t with_function(const void* symbol, const Body& body) {
  CUfunction function = nullptr;
  const cudaError_t error = find_function(symbol, function);
  return error != cudaSuccess ? error : to_error(body(function));
}

}  // namespace

cudaError_t cudaLaunchKernel(const void* symbol, Dimensions3 grid, Dimensions3 block, void** arguments,
                             std::size_t shared_size, CUstream stream) {
  CUfunction function = nullptr;
  const cudaError_t error = find_function(symbol, function);
  if (error != cudaSuccess) return error;
  const CUresult result = cuLaunchKernel(function, grid.x, grid.y, grid.z, block.x, block.y, block.z,
                                         static_cast<unsigned>(shared_size), stream_of(stream), arguments, nullptr);
  return launch_error(result, grid, block);
}

cudaError_t cudaLaunchCooperativeKernel(const void* symbol, Dimensions3 grid, Dimensions3 block, void** arguments,
                                        std::size_t shared_size, CUstream stream) {
  CUfunction function = nullptr;
  const cudaError_t error = find_function(symbol, function);
  if (error != cudaSuccess) return error;
  const CUresult result = cuLaunchCooperativeKernel(function, grid.x, grid.y, grid.z, block.x, block.y, block.z,
                                                    static_cast<unsigned>(shared_size), stream_of(stream), arguments);
  return launch_error(result, grid, block);
}

cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* config, const void* symbol, void** arguments) {
  if (config == nullptr) return cudaErrorInvalidValue;
  CUfunction function = nullptr;
  const cudaError_t error = find_function(symbol, function);
  if (error != cudaSuccess) return error;
  const CUlaunchConfig driver_config{.grid_x = config->grid.x,
                                     .grid_y = config->grid.y,
                                     .grid_z = config->grid.z,
                                     .block_x = config->block.x,
                                     .block_y = config->block.y,
                                     .block_z = config->block.z,
                                     .shared_size = static_cast<unsigned>(config->shared_size),
                                     .stream = stream_of(config->stream),
                                     .attributes = config->attributes,
                                     .attribute_count = config->attribute_count};
  return launch_error(cuLaunchKernelEx(&driver_config, function, arguments, nullptr), config->grid, config->block);
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* symbol) {
  if (attributes == nullptr) return cudaErrorInvalidValue;
  return with_function(symbol, [&](CUfunction function) {
    // In the order of CUfunction_attribute, from 0.
    int values[10] = {};
    for (int attribute = 0; attribute < 10; ++attribute) {
      const CUresult result = cuFuncGetAttribute(&values[attribute], attribute, function);
      if (result != CUDA_SUCCESS) return result;
    }
    *attributes = {};
    attributes->maximum_threads = values[0];
    attributes->shared_size = static_cast<std::size_t>(values[1]);
    attributes->constant_size = static_cast<std::size_t>(values[2]);
    attributes->local_size = static_cast<std::size_t>(values[3]);
    attributes->registers = values[4];
    attributes->ptx_version = values[5];
    attributes->binary_version = values[6];
    attributes->cache_mode_ca = values[7];
    attributes->maximum_dynamic_shared = values[8];
    attributes->carveout = values[9];
    return CUDA_SUCCESS;
  });
}

// cudaFuncAttribute's numbers are CUfunction_attribute's.
cudaError_t cudaFuncSetAttribute(const void* symbol, int attribute, int value) {
  return with_function(symbol, [&](CUfunction function) { return cuFuncSetAttribute(function, attribute, value); });
}

cudaError_t cudaFuncSetCacheConfig(const void* symbol, int config) {
  return with_function(symbol, [&](CUfunction function) { return cuFuncSetCacheConfig(function, config); });
}

cudaError_t cudaFuncSetSharedMemConfig(const void* symbol, int config) {
  return with_function(symbol, [&](CUfunction function) { return cuFuncSetSharedMemConfig(function, config); });
}

cudaError_t cudaFuncGetName(const char** name, const void* symbol) {
  return with_function(symbol, [&](CUfunction function) { return cuFuncGetName(name, function); });
}

cudaError_t cudaFuncGetParamInfo(const void* symbol, std::size_t index, std::size_t* offset, std::size_t* size) {
  return with_function(symbol, [&](CUfunction function) { return cuFuncGetParamInfo(function, index, offset, size); });
}

cudaError_t cudaGetFuncBySymbol(CUfunction* function, const void* symbol) {
  return function == nullptr ? cudaErrorInvalidValue : find_function(symbol, *function);
}

cudaError_t cudaGetKernel(CUkernel* kernel, const void* symbol) {
  return kernel == nullptr ? cudaErrorInvalidValue : find_kernel(symbol, *kernel);
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* block_count, const void* symbol, int block_size,
                                                                   std::size_t dynamic_shared_size, unsigned flags) {
  return with_function(symbol, [&](CUfunction function) {
    return cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(block_count, function, block_size, dynamic_shared_size,
                                                                flags);
  });
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* block_count, const void* symbol, int block_size,
                                                          std::size_t dynamic_shared_size) {
  return cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(block_count, symbol, block_size, dynamic_shared_size,
                                                                0);
}

cudaError_t cudaOccupancyAvailableDynamicSMemPerBlock(std::size_t* dynamic_shared_size, const void* symbol,
                                                      int block_count, int block_size) {
  return with_function(symbol, [&](CUfunction function) {
    return cuOccupancyAvailableDynamicSMemPerBlock(dynamic_shared_size, function, block_count, block_size);
  });
}

}  // namespace vgpu::cudart::api
