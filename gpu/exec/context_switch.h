#pragma once

#include <cstdint>

// Switching stacks and leaving code that faulted, for x86-64 System V: only the registers that a callee keeps are
// saved; all vector registers are the caller's. A switch leaves MXCSR alone, as reading it waits for all arithmetic
// under way: who switches loads what the other stack needs.
namespace vgpu::exec {

// A point that a thread can be sent back to.
struct RecoveryPoint {
  std::uint64_t rbx, rbp, r12, r13, r14, r15, rsp, rip;
  std::uint32_t mxcsr;
};

extern "C" {
// Stores the present stack pointer in *saved and continues on the stack `next`.
void vgpu_exec_switch(void** saved, void* next);
// Start of a new stack: calls the function in r13 with the argument in r12.
void vgpu_exec_fiber_start();
// Like setjmp, without signal mask: returns 0, and 1 when vgpu_exec_recover is called.
__attribute__((returns_twice)) int vgpu_exec_set_recovery(RecoveryPoint* point);
[[noreturn]] void vgpu_exec_recover(const RecoveryPoint* point);
}

}  // namespace vgpu::exec
