#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "seccomp/rm/abi/escapes.h"
#include "seccomp/rm/abi/status.h"
#include "seccomp/rm/driver.h"

// The ioctl requests of /dev/nvidiactl and /dev/nvidiaN, one row of escapes.def each.
namespace vgpu::rm {

// Objects that all clients of a container may have together.
inline constexpr std::size_t kMostObjects = 65536;

struct EscapeCall {
  Driver& driver;
  const File& file;
  const Call& call;
  const CallerMemory& memory;
  std::span<std::byte> parameters;  // a copy, which goes back to the caller when the ioctl returns 0
  Answer& answer;

  // The parameters as a structure that fits the size in the table.
  template <class T>
  T& as() {
    return *reinterpret_cast<T*>(parameters.data());
  }
};

// The errno of the ioctl. RM's own status is in the parameters.
using EscapeHandler = int (*)(EscapeCall& call);

enum class EscapeFile : std::uint8_t { Any, ControlOnly, DeviceOnly };

struct Escape {
  std::uint8_t number;
  const char* name;
  std::uint32_t smallest_size, largest_size;  // of the parameters, bytes
  EscapeFile file;
  EscapeHandler handler;  // nullptr: refused
};

std::span<const Escape> escapes();
// nullptr: unknown.
const Escape* find_escape(std::uint8_t number);

// Answers one request of a control or device file.
Answer answer_escape(Driver& driver, const File& file, const Call& call, const CallerMemory& memory);

// The client of a handle, if the file may use it; nullptr else.
const Client* client_for(const Driver& driver, const File& file, Handle client);

// The object of a client, or nullptr.
const Object* object_for(const Client& client, Handle object);

// The version of the user-space that made a file, looked up at its first use.
std::uint64_t version_for(Driver& driver, const File& file, pid_t thread);

}  // namespace vgpu::rm
