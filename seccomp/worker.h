#pragma once

#include <chrono>
#include <string>

#include "seccomp/table.h"

namespace vgpu::seccomp {

struct WorkerOptions {
  int socket = -1;                              // on which runtimes connect
  std::string state_folder;                     // of the one container that is served; empty: any below the state root
  std::chrono::milliseconds patience{120'000};  // how long to wait for the one container's first listener
};

// Serves listeners until the one container is gone, or for ever. Goes on where a worker that died, with the same table
// and the same descriptors, left off. The result is the exit status of the process.
int run_worker(Table& table, const WorkerOptions& options);

}  // namespace vgpu::seccomp
