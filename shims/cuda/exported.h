#pragma once

#include "shims/cuda/graph_abi.h"
#include "shims/function_table.h"

// The driver API as libcuda.so.1 exports it, for libraries that link to it.
#define VARIANT_none(name, ...)
#define VARIANT_ptsz(name, ...) CUresult name##_ptsz(VGPU_PARAMETERS(__VA_ARGS__));
#define VARIANT_ptds(name, ...) CUresult name##_ptds(VGPU_PARAMETERS(__VA_ARGS__));
#define FUNCTION(family, state, check, variant, since, name, ...) \
  CUresult name(VGPU_PARAMETERS(__VA_ARGS__));                    \
  VARIANT_##variant(name __VA_OPT__(, ) __VA_ARGS__)
#define ALIAS(since, name, target)
#define REFUSED(variant, since, name)
extern "C" {
#include "shims/cuda/functions.def"
}
#undef VARIANT_none
#undef VARIANT_ptsz
#undef VARIANT_ptds
#undef FUNCTION
#undef ALIAS
#undef REFUSED
