#pragma once

#include <cstdint>
#include <span>

#include "seccomp/rm/driver.h"

// Memory as a process' GPU sees it: where UVM has mapped an object of the resource manager, the file behind that
// object; elsewhere the process' own memory, at the same address.
namespace vgpu::rm {

class ChannelMemory {
 public:
  ChannelMemory(Driver& driver, const Caller& caller) : driver_(driver), caller_(caller) {}

  // False when not all of it is there.
  bool read(std::uint64_t address, std::span<std::byte> bytes);
  bool write(std::uint64_t address, std::span<const std::byte> bytes);

  template <class T>
  bool read_value(std::uint64_t address, T& value) {
    return read(address, std::as_writable_bytes(std::span(&value, 1)));
  }
  template <class T>
  bool write_value(std::uint64_t address, const T& value) {
    return write(address, std::as_bytes(std::span(&value, 1)));
  }

 private:
  // The file behind an address, the place in it, and how many bytes from there on are behind it (0: none).
  struct Place {
    int descriptor = -1;
    std::uint64_t offset = 0, length = 0;
  };
  // `length` bytes from the address on, or fewer: up to where something else begins.
  Place place_of(std::uint64_t address, std::uint64_t length);
  template <class Bytes, class File, class Process>
  bool transfer(std::uint64_t address, Bytes bytes, File file, Process process);

  Driver& driver_;
  const Caller& caller_;
};

}  // namespace vgpu::rm
