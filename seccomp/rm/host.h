#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "seccomp/rm/call.h"

// What the driver needs of the system beside the call that it answers; a seam for tests.
namespace vgpu::rm {

class Host {
 public:
  virtual ~Host() = default;

  // Nanoseconds of CLOCK_REALTIME, and of CLOCK_MONOTONIC.
  virtual std::uint64_t real_time() = 0;
  virtual std::uint64_t monotonic_time() = 0;

  // The version at the end of the name of NVIDIA's libcuda or libnvidia-ml that the process of a thread has loaded
  // ("535.309.01"); empty when it has none.
  virtual std::string library_version(pid_t thread) = 0;

  // What fstat(2) says of a descriptor of a thread; nullopt when it has none of that number.
  struct DescriptorIdentity {
    std::uint64_t device = 0, inode = 0;
  };
  virtual std::optional<DescriptorIdentity> descriptor(pid_t thread, int number) = 0;

  // Memory of a process outside of a call: for channels. False when not all of it could be read or written, or the
  // process is gone.
  virtual bool read(const Caller& process, std::uint64_t address, std::span<std::byte> bytes) = 0;
  virtual bool write(const Caller& process, std::uint64_t address, std::span<const std::byte> bytes) = 0;

  // One line for whoever runs the container.
  virtual void log(const std::string& line) = 0;
};

}  // namespace vgpu::rm
