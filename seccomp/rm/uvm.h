#pragma once

#include "seccomp/rm/abi/status.h"
#include "seccomp/rm/driver.h"

// /dev/nvidia-uvm, the driver's part for unified memory. Its requests are plain numbers, one row of uvm.def each.
namespace vgpu::rm {

struct UvmCall {
  Driver& driver;
  const File& file;
  Branch branch;
  pid_t thread;
  std::span<std::byte> parameters;  // a copy, which goes back to the caller

  template <class T>
  T& as() {
    return *reinterpret_cast<T*>(parameters.data());
  }
};
// The rmStatus of the request.
using UvmHandler = abi::Status (*)(UvmCall& call);

struct UvmRequest {
  std::uint32_t number;
  const char* name;
  std::uint32_t size[kBranches];           // of the parameters, bytes
  std::uint32_t status_offset[kBranches];  // of rmStatus in them
  UvmHandler handler;                      // nullptr: refused with NotSupported
};

std::span<const UvmRequest> uvm_requests();

// Answers one request.
Answer answer_uvm(Driver& driver, const File& file, const Call& call, const CallerMemory& memory);

}  // namespace vgpu::rm
