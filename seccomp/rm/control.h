#pragma once

#include <cstdint>
#include <span>

#include "seccomp/rm/escape.h"

// The controls: requests to an object, one row of controls.def each.
namespace vgpu::rm {

struct ControlCall {
  Driver& driver;
  const File& file;
  const Client& client;
  const Object& object;
  std::uint32_t command;
  Branch branch;
  std::uint64_t version;  // packed; 0: see version_for
  pid_t thread;
  std::span<std::byte> parameters;  // a copy; it goes back to the caller when the status is Ok
  const CallerMemory& memory;
  Answer& answer;

  template <class T>
  T& as() {
    return *reinterpret_cast<T*>(parameters.data());
  }
  // The number at an offset, for structures that are known by offsets only.
  std::uint32_t& word(std::size_t offset) { return *reinterpret_cast<std::uint32_t*>(parameters.data() + offset); }
  [[nodiscard]] const model::Device& device() const { return driver.devices()[object.device]; }

  // Queues a write to the caller's memory, for parameters that point to more.
  void write(std::uint64_t address, std::span<const std::byte> bytes) {
    answer.writes.push_back({address, {bytes.begin(), bytes.end()}});
  }
};
using ControlHandler = abi::Status (*)(ControlCall& call);

struct Control {
  std::uint32_t command;
  const char* name;
  std::uint32_t size[kBranches];  // of the parameters, bytes
  ControlHandler handler;         // nullptr: known, and answered NotSupported
};

std::span<const Control> controls();
// nullptr: unknown.
const Control* find_control(std::uint32_t command);

// True when the control is one of the kind of object: most are named by the class that they are of.
bool control_fits(const Control& control, const Object& object);

}  // namespace vgpu::rm
