#include <cerrno>
#include <new>

#include "shims/preload/syscall/driver/process_driver.h"
#include "shims/preload/syscall/driver_interface.h"
#include "shims/preload/syscall/exported.h"

namespace {

using namespace vgpu::preload;

ProcessDriver* process_driver = nullptr;

// No exception gets into a program that may be none of C++'s.
template <class Function>
int guarded(Function function) noexcept {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  } catch (...) {
    return -EIO;
  }
}

constexpr DriverInterface kInterface = {
    .open = [](const char* path, int flags) { return guarded([&] { return process_driver->open(path, flags); }); },
    .ioctl =
        [](int descriptor, std::uint32_t request, std::uint64_t argument) {
          return guarded([&] { return process_driver->ioctl(descriptor, request, argument); });
        },
    .look_up = [](const char* path,
                  Entry* entry) { return guarded([&] { return process_driver->look_up(path, *entry); }); },
    .name_in = [](const char* folder, unsigned number,
                  EntryKind* kind) { return process_driver->name_in(folder, number, *kind); },
};

}  // namespace

VGPU_EXPORTED const DriverInterface* vgpu_make_driver() {
  guarded([] {
    process_driver = ProcessDriver::make();
    return 0;
  });
  return process_driver != nullptr ? &kInterface : nullptr;
}
