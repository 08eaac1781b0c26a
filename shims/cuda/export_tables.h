#pragma once

#include "shims/cuda/abi.h"

// The undocumented tables that NVIDIA's runtime library asks libcuda for. A program that nvcc linked as it does by
// default has that library inside, so that ours cannot take its place, and it does not begin without them. Facts about
// the tables: ZLUDA (dark_api/src/lib.rs), and observed with the static runtimes of CUDA 11.8, 12.4,
// 13.0 and 13.5.
namespace vgpu::cuda {

// The table of that identifier; nullptr when it is none of them.
const void* find_runtime_table(const CUuuid& id);

// Hands back what the runtime keeps for a context, before the context ends. To be called without locks: the runtime
// calls the driver.
void end_context_values(CUcontext context);

}  // namespace vgpu::cuda
