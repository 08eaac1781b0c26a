#pragma once

#include <memory>

#include "base/error.h"
#include "gpu/ptx/ir.h"
#include "gpu/warp/context.h"

// The reference interpreter: 32 lanes an instruction, decoded once. It is the oracle that the JIT is tested against.
namespace vgpu::interp {

class InterpretedKernel;

struct InterpretedKernelDeleter {
  void operator()(InterpretedKernel* kernel) const;
};
using InterpretedKernelPointer = std::unique_ptr<InterpretedKernel, InterpretedKernelDeleter>;

// Decodes an entry. Fails with a line that names the opcode or the callee that the interpreter cannot run.
Expected<InterpretedKernelPointer> prepare(ptx::Function function);

// Runs one warp to its end, as a WarpFunction does. Thread-safe: any number of warps may run at once, on any threads
// or fibers. A warp stopped by WarpServices::fault leaves its registers to the kernel, which frees them in the end.
void run(const InterpretedKernel& kernel, WarpContext* context);

}  // namespace vgpu::interp
