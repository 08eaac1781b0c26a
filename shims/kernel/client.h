#pragma once

#include <string>

#include "base/error.h"
#include "seccomp/rm/abi/escapes.h"
#include "seccomp/rm/abi/status.h"
#include "shims/kernel/system_calls.h"

namespace vgpu::kernel {

using rm::abi::Handle;
using rm::abi::Status;

// A client of the driver's resource manager, by a /dev/nvidiactl of its own: the tree of objects that everything else
// is asked through. All goes when the last copy of the file is closed.
class Client {
 public:
  // Fails where there is no such node, or no driver that answers behind it.
  static Expected<Client> connect(SystemCalls& calls);

  [[nodiscard]] Handle handle() const { return handle_; }
  [[nodiscard]] int descriptor() const { return control_.get(); }
  [[nodiscard]] SystemCalls& calls() const { return *calls_; }

  // Makes an object of a class below another one. Fails with the driver's status, or the system call's error.
  template <class Parameters>
  Expected<Handle> make(Handle parent, std::uint32_t object_class, Parameters& parameters) const {
    return make(parent, object_class, &parameters, sizeof parameters);
  }
  [[nodiscard]] Expected<Handle> make(Handle parent, std::uint32_t object_class) const {
    return make(parent, object_class, nullptr, 0);
  }

  // Asks an object. The answer is in the parameters; Status::OperatingSystem when the driver was not reached.
  template <class Parameters>
  Status control(Handle object, std::uint32_t command, Parameters& parameters) const {
    return control(object, command, &parameters, sizeof parameters);
  }

  // ioctl(2) with parameters of an escape of seccomp/rm/abi/escapes.h: 0 or an errno. Tried again when a signal cut it
  // off.
  template <class Parameters>
  int ask(int descriptor, std::uint32_t escape, Parameters& parameters) const {
    return ask(descriptor, escape, &parameters, sizeof parameters);
  }

  // Leaves the descriptor open: its number may have become the application's.
  void abandon() { static_cast<void>(control_.release()); }

 private:
  Client(SystemCalls& calls, FileDescriptor control) : calls_(&calls), control_(std::move(control)) {}
  Expected<Handle> make(Handle parent, std::uint32_t object_class, void* parameters, std::uint32_t size) const;
  Status control(Handle object, std::uint32_t command, void* parameters, std::uint32_t size) const;
  int ask(int descriptor, std::uint32_t escape, void* parameters, std::size_t size) const;

  SystemCalls* calls_;
  FileDescriptor control_;
  Handle handle_ = 0;
};

// Numbers of the escapes that are used here: nv_escape.h and nv-ioctl-numbers.h.
inline constexpr std::uint32_t kControlEscape = 0x2a, kAllocateEscape = 0x2b, kHeapEscape = 0x4a, kMapEscape = 0x4e,
                               kRegisterEscape = 0xc9;

std::string describe(Status status);

}  // namespace vgpu::kernel
