#pragma once

#include "shims/cudart/abi.h"
#include "shims/cudart/library_version.h"
#include "shims/function_table.h"

// The behaviour behind every exported function of the table, under the same name. The caller has done the row's check.
namespace vgpu::cudart::api {

#define FUNCTION(library, family, state, check, variant, name, ...) \
  VGPU_IN_##library(cudaError_t name(VGPU_PARAMETERS(__VA_ARGS__));)
#define DIRECT(library, family, name)
#define REFUSED(library, variant, name)
#include "shims/cudart/functions.def"
#undef FUNCTION
#undef DIRECT
#undef REFUSED

}  // namespace vgpu::cudart::api
