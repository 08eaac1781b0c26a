#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

#include "gpu/exec/cpu_backend.h"
#include "gpu/exec/kernel.h"

namespace vgpu::exec::test {

inline constexpr std::uint64_t kTotalMemory = 64u << 20;

inline model::Device small_device() {
  model::Device device;
  device.profile.id = "test";
  device.profile.memory = kTotalMemory;
  device.profile.compute_major = 7;
  device.profile.compute_minor = 5;
  device.profile.threads_per_block = 1024;
  return device;
}

// A launch of a warp function that takes one struct as its parameter block.
template <class Parameters>
gpu::LaunchWork launch(NativeKernel& kernel, gpu::Dimensions grid, gpu::Dimensions block,
                       const Parameters& parameters) {
  gpu::LaunchWork work;
  work.kernel = &kernel;
  work.grid = grid;
  work.block = block;
  work.parameters.resize(sizeof parameters);
  std::memcpy(work.parameters.data(), &parameters, sizeof parameters);
  return work;
}

template <class Parameters>
const Parameters& parameters_of(const WarpContext* context) {
  return *reinterpret_cast<const Parameters*>(context->params);
}

inline std::uint64_t linear_block(const WarpContext* context) {
  return (std::uint64_t{context->block_index[2]} * context->grid_size[1] + context->block_index[1]) *
             context->grid_size[0] +
         context->block_index[0];
}

}  // namespace vgpu::exec::test
