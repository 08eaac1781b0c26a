#pragma once

#include <functional>

namespace vgpu::exec {

// Starts a detached thread of this name that takes none of the application's signals. False, with a log line, when the
// system refuses.
bool start_thread(const char* name, std::function<void()> body);

// True in a child made by fork() after threads were started: they do not exist there, so that the device is gone, as it
// is with CUDA.
bool threads_lost_by_fork();

}  // namespace vgpu::exec
