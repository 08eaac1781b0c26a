#pragma once

#include <span>
#include <string>
#include <vector>

#include "gpu/ptx/link.h"
#include "shims/cuda/abi.h"

namespace vgpu::cuda {

// The buffers for messages that a program gives with CUjit_options, whose sizes are told when the work is done. The
// array of values is the program's, and has to live until then, as CUDA documents it.
class JitLogs {
 public:
  JitLogs(std::span<const CUjit_option> options, void** values);
  // Nothing goes to the information log. Text that is too long is cut.
  void finish(const std::string& error);

 private:
  std::vector<CUjit_option> options_;
  void** values_;
};

// What cuLinkCreate begins. Its result is PTX, where NVIDIA's is machine code: what loads modules takes both.
struct Link {
  Link(unsigned capability, JitLogs given_logs) : compute_capability(capability), logs(std::move(given_logs)) {}

  unsigned compute_capability;
  JitLogs logs;
  std::vector<ptx::LinkInput> inputs;
  std::string result;
};

}  // namespace vgpu::cuda
