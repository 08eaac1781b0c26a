#pragma once

#include <new>

#include "shims/cuda/driver.h"
#include "shims/trace.h"

// What every exported function does around its behaviour.
namespace vgpu::cuda {

enum class Check { anytime, initialized, in_context };

inline CUresult check(Check what) {
  if (what == Check::anytime) return CUDA_SUCCESS;
  if (!driver().initialized.load(std::memory_order_acquire)) return CUDA_ERROR_NOT_INITIALIZED;
  return what == Check::in_context ? check_context() : CUDA_SUCCESS;
}

// Runs the behaviour: no exception leaves it.
template <Check kCheck, class Body>
CUresult guarded(const Body& body) noexcept {
  try {
    const CUresult refused = check(kCheck);
    return refused == CUDA_SUCCESS ? body() : refused;
  } catch (const std::bad_alloc&) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  } catch (...) {
    return CUDA_ERROR_UNKNOWN;
  }
}

template <Check kCheck, class Body, class... Arguments>
CUresult call(const char* name, const Body& body, const Arguments&... arguments) noexcept {
  if (!shims::trace_enabled()) [[likely]]
    return guarded<kCheck>(body);
  try {
    return shims::traced(name, [&] { return guarded<kCheck>(body); }, arguments...);
  } catch (...) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
}

// Makes 0 mean the thread's own default stream while one call runs.
class PerThreadDefaultStream {
 public:
  PerThreadDefaultStream() : before_(per_thread_default_stream) { per_thread_default_stream = true; }
  ~PerThreadDefaultStream() { per_thread_default_stream = before_; }
  PerThreadDefaultStream(const PerThreadDefaultStream&) = delete;
  PerThreadDefaultStream& operator=(const PerThreadDefaultStream&) = delete;

 private:
  bool before_;
};

}  // namespace vgpu::cuda
