#include <unistd.h>

#include <atomic>
#include <new>
#include <string>

#include "shims/cudart/api.h"
#include "shims/cudart/state.h"
#include "shims/trace.h"

// The exported C functions, made from the table.
namespace {

enum class Check { anytime, initialized, in_context };

cudaError_t check(Check what) {
  switch (what) {
    case Check::anytime:
      return cudaSuccess;
    case Check::initialized:
      return vgpu::cudart::ensure_initialized();
    case Check::in_context:
      return vgpu::cudart::ensure_context();
  }
  return cudaErrorUnknown;
}

template <Check kCheck, class Body>
cudaError_t guarded(const Body& body) noexcept {
  try {
    const cudaError_t refused = check(kCheck);
    return refused == cudaSuccess ? body() : refused;
  } catch (const std::bad_alloc&) {
    return cudaErrorMemoryAllocation;
  } catch (...) {
    return cudaErrorUnknown;
  }
}

// What an exported function does around its behaviour. The two that ask for the last error do not set it.
template <Check kCheck, bool kRecords, class Body, class... Arguments>
cudaError_t call(const char* name, const Body& body, const Arguments&... arguments) noexcept {
  cudaError_t result = cudaErrorMemoryAllocation;
  if (!vgpu::shims::trace_enabled()) [[likely]] {
    result = guarded<kCheck>(body);
  } else {
    try {
      result = vgpu::shims::traced(name, [&] { return guarded<kCheck>(body); }, arguments...);
    } catch (...) {
      result = cudaErrorMemoryAllocation;
    }
  }
  return kRecords ? vgpu::cudart::record(result) : result;
}

class PerThreadDefaultStream {
 public:
  PerThreadDefaultStream() : before_(vgpu::cudart::per_thread_default_stream) {
    vgpu::cudart::per_thread_default_stream = true;
  }
  ~PerThreadDefaultStream() { vgpu::cudart::per_thread_default_stream = before_; }
  PerThreadDefaultStream(const PerThreadDefaultStream&) = delete;
  PerThreadDefaultStream& operator=(const PerThreadDefaultStream&) = delete;

 private:
  bool before_;
};

cudaError_t refuse(const char* name, std::atomic<bool>& said) noexcept {
  vgpu::shims::trace_refusal(name, cudaErrorNotSupported);
  if (!said.exchange(true)) {
    try {
      const std::string line = std::string("vgpu: WARN: ") + name + ": not supported by this device\n";
      [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
    } catch (...) {
      return vgpu::cudart::record(cudaErrorNotSupported);
    }
  }
  return vgpu::cudart::record(cudaErrorNotSupported);
}

constexpr bool records(const char* name) {
  const std::string_view text = name;
  return text != "cudaGetLastError" && text != "cudaPeekAtLastError";
}

}  // namespace

#define EXPORT(suffix, scope, check, name, ...)                        \
  VGPU_EXPORT cudaError_t name##suffix(VGPU_PARAMETERS(__VA_ARGS__)) { \
    scope;                                                             \
    return call<Check::check, records(#name)>(#name #suffix, [&] {     \
      return vgpu::cudart::api::name(VGPU_ARGUMENTS(__VA_ARGS__));     \
    } VGPU_COMMA_ARGUMENTS(__VA_ARGS__));                              \
  }
#define VARIANT_none(check, name, ...)
#define VARIANT_ptsz(check, name, ...) \
  EXPORT(_ptsz, const PerThreadDefaultStream scope, check, name __VA_OPT__(, ) __VA_ARGS__)
#define VARIANT_ptds(check, name, ...) \
  EXPORT(_ptds, const PerThreadDefaultStream scope, check, name __VA_OPT__(, ) __VA_ARGS__)
#define FUNCTION(library, family, state, check, variant, name, ...)    \
  VGPU_IN_##library(EXPORT(, , check, name __VA_OPT__(, ) __VA_ARGS__) \
                        VARIANT_##variant(check, name __VA_OPT__(, ) __VA_ARGS__))
#define DIRECT(library, family, name)
#define REFUSED_EXPORT(name)              \
  VGPU_EXPORT cudaError_t name() {        \
    static std::atomic<bool> said{false}; \
    return refuse(#name, said);           \
  }
#define REFUSED_none(name)
#define REFUSED_ptsz(name) REFUSED_EXPORT(name##_ptsz)
#define REFUSED_ptds(name) REFUSED_EXPORT(name##_ptds)
#define REFUSED(library, variant, name) VGPU_IN_##library(REFUSED_EXPORT(name) REFUSED_##variant(name))
#include "shims/cudart/functions.def"
