#pragma once

#include <cstdint>

namespace vgpu::exec {

// Calls body(argument, 0) … body(argument, count - 1), each once, on this thread and the worker pool; returns when all
// are done. For TaskWork: a fault in any of them, on whichever thread, ends the rest and is the task's fault. May be
// called by several threads at once, and by `body`.
void parallel_for(std::uint64_t count, void (*body)(void* argument, std::uint64_t index), void* argument);

}  // namespace vgpu::exec
