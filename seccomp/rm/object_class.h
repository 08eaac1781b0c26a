#pragma once

#include <cstdint>
#include <span>

#include "seccomp/rm/escape.h"

// The classes of objects that a client can make, one row of classes.def each.
namespace vgpu::rm {

struct ClassCall {
  Driver& driver;
  const File& file;
  const Client& client;
  const Object& parent;
  Branch branch;
  pid_t thread;
  std::span<std::byte> parameters;  // a copy; it goes back to the caller when the object is made
  Record& record;                   // of the object that is being made: device, value, value2 are the handler's to set
  Answer& answer;

  template <class T>
  T& as() {
    return *reinterpret_cast<T*>(parameters.data());
  }
};
using ClassHandler = abi::Status (*)(ClassCall& call);

// Where an object may be made.
enum class Level : std::uint8_t {
  Root,       // a client itself
  Client,     // directly below a client
  Device,     // below a device
  Subdevice,  // below a subdevice
  Any,        // below any object of a device
};

struct ObjectClass {
  std::uint32_t number;
  const char* name;
  Level level;
  bool of_chip;  // only where the chip's list has it
  std::uint32_t parameters_size[kBranches];
  ClassHandler handler;  // nullptr: nothing to do but to note it
};

std::span<const ObjectClass> object_classes();
// nullptr: unknown.
const ObjectClass* find_class(std::uint32_t number);

// True for the three classes of a client itself.
bool is_root_class(std::uint32_t number);

}  // namespace vgpu::rm
