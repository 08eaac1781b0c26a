#pragma once

#include <cstdint>
#include <functional>

namespace vgpu::blas {

// Calls body(argument, 0) … body(argument, count - 1), each once, on several threads, and returns when all are done.
using ParallelLoop = void (*)(std::uint64_t count, void (*body)(void* argument, std::uint64_t index), void* argument);

// The loop that parallel_for uses from now on. Whoever runs device work brings its own: on its threads a fault in
// `body` is the device's, on any other it would end the process. Without one, parallel_for stays on its thread.
void use_parallel_loop(ParallelLoop loop);

// Threads that parallel_for uses, the caller's included: VGPU_THREADS or the CPUs this process may run on; at most 64.
unsigned thread_count();

// Calls body(0) … body(count - 1), each once, on several threads; returns when all are done. May be called by several
// threads at once, and by `body`. A fault in `body` leaves without running destructors: `body` holds no locks.
void parallel_for(std::int64_t count, const std::function<void(std::int64_t)>& body);

}  // namespace vgpu::blas
