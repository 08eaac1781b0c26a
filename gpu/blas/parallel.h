#pragma once

#include <cstdint>
#include <functional>

namespace vgpu::blas {

// Threads that parallel_for uses, the caller's included: VGPU_THREADS or the CPUs this process may run on; at most 64.
unsigned thread_count();

// Calls body(0) … body(count - 1), each once, on several threads; returns when all are done. The threads start at the
// first call. While another thread is in here, the calls run on the caller's thread alone: never a deadlock, also
// not when body calls parallel_for.
void parallel_for(std::int64_t count, const std::function<void(std::int64_t)>& body);

}  // namespace vgpu::blas
