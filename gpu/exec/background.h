#pragma once

#include <functional>

namespace vgpu::exec {

// Runs work that nobody waits for yet, as compiling a kernel whose launch is queued, on at most as many threads as the
// process has CPUs. The threads end when there is nothing left.
void run_in_background(std::function<void()> work);

}  // namespace vgpu::exec
