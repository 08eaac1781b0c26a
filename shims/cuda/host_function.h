#pragma once

#include "shims/cuda/graph_abi.h"

namespace vgpu::cuda {

// The work of cuLaunchHostFunc and of host nodes: a type of its own, so that a captured node can tell what it calls.
struct HostFunction {
  CUDA_HOST_NODE_PARAMS parameters;
  void operator()() const { parameters.function(parameters.user_data); }
};

}  // namespace vgpu::cuda
