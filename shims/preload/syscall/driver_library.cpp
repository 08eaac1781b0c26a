#include "shims/preload/syscall/driver_library.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "shims/preload/dynamic_linker.h"
#include "shims/preload/syscall/kernel_call.h"
#include "shims/preload/syscall/paths.h"

namespace vgpu::preload {
namespace {

constexpr const char* kDeviceFile = "/etc/vgpu/device.json";
constexpr const char* kControlNode = "/dev/nvidiactl";

enum class State { Unknown, Loading, Absent, Loaded };
std::atomic<State> state = State::Unknown;
std::atomic<const DriverInterface*> loaded = nullptr;
// Who is loading. A child of a fork that happened meanwhile has nobody who would finish.
std::atomic<long> loading_process = 0, loading_thread = 0;

State load() {
  if (kernel_call(SYS_access, as_argument(kDeviceFile), F_OK) != 0) return State::Absent;
  const long node = kernel_call(SYS_openat, AT_FDCWD, as_argument(kControlNode), O_RDWR | O_CLOEXEC);
  if (node >= 0) {
    kernel_call(SYS_close, node);
    return State::Absent;
  }
  // Too many files, say: another time.
  if (!is_missing(-node)) return State::Unknown;
  // Found beside this library, whose run path is its own folder.
  void* library = open_library(kDriverLibrary);
  const auto make = library != nullptr ? reinterpret_cast<MakeDriver>(find_symbol(library, kMakeDriver)) : nullptr;
  loaded = make != nullptr ? make() : nullptr;
  return loaded != nullptr ? State::Loaded : State::Absent;
}

}  // namespace

const DriverInterface* loaded_driver() {
  return state.load(std::memory_order_acquire) == State::Loaded ? loaded.load(std::memory_order_relaxed) : nullptr;
}

const DriverInterface* driver() {
  for (;;) {
    State seen = state.load(std::memory_order_acquire);
    if (seen == State::Loaded || seen == State::Absent) return loaded_driver();
    const long process = kernel_call(SYS_getpid);
    const long thread = kernel_call(SYS_gettid);
    if (seen == State::Loading) {
      if (loading_thread == thread) return nullptr;
      if (loading_process != 0 && loading_process != process) state.compare_exchange_strong(seen, State::Unknown);
      kernel_call(SYS_sched_yield);
      continue;
    }
    if (!state.compare_exchange_strong(seen, State::Loading)) continue;
    loading_process = process;
    loading_thread = thread;
    const int error = errno;
    const State after = load();
    errno = error;
    loading_thread = 0;
    loading_process = 0;
    state.store(after, std::memory_order_release);
    return loaded_driver();
  }
}

}  // namespace vgpu::preload
