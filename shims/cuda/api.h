#pragma once

#include "shims/cuda/graph_abi.h"
#include "shims/function_table.h"

// The behaviour behind every exported function of the table, under the same name. The caller has done the row's check.
namespace vgpu::cuda::api {

#define FUNCTION(family, state, check, variant, since, name, ...) CUresult name(VGPU_PARAMETERS(__VA_ARGS__));
#define ALIAS(since, name, target)
#define REFUSED(variant, since, name)
#include "shims/cuda/functions.def"
#undef FUNCTION
#undef ALIAS
#undef REFUSED

}  // namespace vgpu::cuda::api
