#pragma once

#include "seccomp/worker.h"

// The process that keeps everything a worker needs to go on from: the table, and every descriptor, because it shares
// its own with the workers. All else it does is to start another worker when one has died.
namespace vgpu::seccomp {

// Returns the exit status of a worker that ended by itself. Call in a process with one thread.
int guard_workers(const WorkerOptions& options);

}  // namespace vgpu::seccomp
