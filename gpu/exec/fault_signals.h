#pragma once

namespace vgpu::exec {

// Installs the process's handlers for SIGSEGV, SIGBUS, SIGFPE and SIGILL at the first call, and gives this thread a
// signal stack unless it has one. Cheap when done already.
void prepare_thread_for_faults();

}  // namespace vgpu::exec
