#pragma once

#include "shims/function_table.h"
#include "shims/nvml/abi.h"

// The behaviour behind every exported function of the table, under the same name; the row's check is done.
namespace vgpu::nvml::api {

#define FUNCTION(check, name, ...) nvmlReturn_t name(VGPU_PARAMETERS(__VA_ARGS__));
#define ALIAS(name, target, ...)
#define REFUSED(name)
#include "shims/nvml/functions.def"
#undef FUNCTION
#undef ALIAS
#undef REFUSED

}  // namespace vgpu::nvml::api
