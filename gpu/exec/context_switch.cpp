#include "gpu/exec/context_switch.h"

#include <cstddef>

namespace vgpu::exec {

static_assert(offsetof(RecoveryPoint, rsp) == 48 && offsetof(RecoveryPoint, rip) == 56 &&
              offsetof(RecoveryPoint, mxcsr) == 64);

asm(R"(
.text
.p2align 4
.globl vgpu_exec_switch
.hidden vgpu_exec_switch
.type vgpu_exec_switch, @function
vgpu_exec_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size vgpu_exec_switch, . - vgpu_exec_switch

.p2align 4
.globl vgpu_exec_fiber_start
.hidden vgpu_exec_fiber_start
.type vgpu_exec_fiber_start, @function
vgpu_exec_fiber_start:
  .cfi_startproc
  .cfi_undefined rip
  movq %r12, %rdi
  xorl %ebp, %ebp
  call *%r13
  ud2
  .cfi_endproc
.size vgpu_exec_fiber_start, . - vgpu_exec_fiber_start

.p2align 4
.globl vgpu_exec_set_recovery
.hidden vgpu_exec_set_recovery
.type vgpu_exec_set_recovery, @function
vgpu_exec_set_recovery:
  movq %rbx, 0(%rdi)
  movq %rbp, 8(%rdi)
  movq %r12, 16(%rdi)
  movq %r13, 24(%rdi)
  movq %r14, 32(%rdi)
  movq %r15, 40(%rdi)
  leaq 8(%rsp), %rax
  movq %rax, 48(%rdi)
  movq (%rsp), %rax
  movq %rax, 56(%rdi)
  stmxcsr 64(%rdi)
  xorl %eax, %eax
  ret
.size vgpu_exec_set_recovery, . - vgpu_exec_set_recovery

.p2align 4
.globl vgpu_exec_recover
.hidden vgpu_exec_recover
.type vgpu_exec_recover, @function
vgpu_exec_recover:
  cld
  movq 0(%rdi), %rbx
  movq 8(%rdi), %rbp
  movq 16(%rdi), %r12
  movq 24(%rdi), %r13
  movq 32(%rdi), %r14
  movq 40(%rdi), %r15
  movq 48(%rdi), %rsp
  ldmxcsr 64(%rdi)
  movl $1, %eax
  jmp *56(%rdi)
.size vgpu_exec_recover, . - vgpu_exec_recover
)");

}  // namespace vgpu::exec
