#include <atomic>
#include <string>

#include "base/log.h"
#include "shims/cuda/api.h"
#include "shims/cuda/call.h"

// The exported C functions, made from the table.
namespace {

using vgpu::cuda::call;
using vgpu::cuda::Check;
using vgpu::cuda::PerThreadDefaultStream;

CUresult refuse(const char* name, std::atomic<bool>& said) noexcept {
  vgpu::shims::trace_refusal(name, CUDA_ERROR_NOT_SUPPORTED);
  if (!said.exchange(true)) {
    try {
      vgpu::log(vgpu::LogLevel::Warn, std::string(name) + ": not supported by this device");
    } catch (...) {
      return CUDA_ERROR_NOT_SUPPORTED;
    }
  }
  return CUDA_ERROR_NOT_SUPPORTED;
}

}  // namespace

#define VARIANT_none(check, name, ...)
#define VARIANT_OF(suffix, check, name, ...)                        \
  VGPU_EXPORT CUresult name##suffix(VGPU_PARAMETERS(__VA_ARGS__)) { \
    const PerThreadDefaultStream scope;                             \
    return call<Check::check>(#name #suffix, [&] {                  \
      return vgpu::cuda::api::name(VGPU_ARGUMENTS(__VA_ARGS__));    \
    } VGPU_COMMA_ARGUMENTS(__VA_ARGS__));                           \
  }
#define VARIANT_ptsz(check, name, ...) VARIANT_OF(_ptsz, check, name __VA_OPT__(, ) __VA_ARGS__)
#define VARIANT_ptds(check, name, ...) VARIANT_OF(_ptds, check, name __VA_OPT__(, ) __VA_ARGS__)
#define FUNCTION(family, state, check, variant, since, name, ...)                                                     \
  VGPU_EXPORT CUresult name(VGPU_PARAMETERS(__VA_ARGS__)) {                                                           \
    return call<Check::check>(                                                                                        \
        #name, [&] { return vgpu::cuda::api::name(VGPU_ARGUMENTS(__VA_ARGS__)); } VGPU_COMMA_ARGUMENTS(__VA_ARGS__)); \
  }                                                                                                                   \
  VARIANT_##variant(check, name __VA_OPT__(, ) __VA_ARGS__)
#define ALIAS(since, name, target)
#define REFUSED_EXPORT(name)              \
  VGPU_EXPORT CUresult name() {           \
    static std::atomic<bool> said{false}; \
    return refuse(#name, said);           \
  }
#define REFUSED_none(name)
#define REFUSED_ptsz(name) REFUSED_EXPORT(name##_ptsz)
#define REFUSED_ptds(name) REFUSED_EXPORT(name##_ptds)
#define REFUSED(variant, since, name) REFUSED_EXPORT(name) REFUSED_##variant(name)
#include "shims/cuda/functions.def"
#undef ALIAS
#undef FUNCTION
#undef REFUSED

#define FUNCTION(...)
#define REFUSED(...)
#define ALIAS(since, name, target) extern "C" __attribute__((visibility("default"), alias(#target))) CUresult name();
#pragma GCC diagnostic push
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wattribute-alias"
#endif
#include "shims/cuda/functions.def"
#pragma GCC diagnostic pop
