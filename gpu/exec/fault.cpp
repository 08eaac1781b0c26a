#include "gpu/exec/fault.h"

#include <fmt/format.h>

#include "gpu/exec/fault_signals.h"

namespace vgpu::exec {
namespace {

// Read by a signal handler: initial-exec, so that reading it never allocates.
__attribute__((tls_model("initial-exec"))) thread_local FaultScope* current_scope = nullptr;

}  // namespace

gpu::Status Fault::status() const {
  using gpu::Status;
  switch (cause) {
    case FaultCause::None:
    case FaultCause::Cancelled:
      return Status::Success;
    case FaultCause::IllegalAddress:
    case FaultCause::InvalidFree:
      return Status::IllegalAddress;
    case FaultCause::MisalignedAddress:
      return Status::MisalignedAddress;
    case FaultCause::Trap:
    case FaultCause::Arithmetic:
      return Status::LaunchFailed;
    case FaultCause::Assert:
      return Status::Assert;
    case FaultCause::IllegalInstruction:
      return Status::IllegalInstruction;
    case FaultCause::StackOverflow:
      return Status::HardwareStackError;
    case FaultCause::BarrierDeadlock:
      return Status::LaunchTimeout;
  }
  return Status::Unknown;
}

std::string Fault::describe() const {
  const char* name = "no fault";
  switch (cause) {
    case FaultCause::None:
      break;
    case FaultCause::IllegalAddress:
      name = "illegal address";
      break;
    case FaultCause::MisalignedAddress:
      name = "misaligned address";
      break;
    case FaultCause::Trap:
      name = "trap";
      break;
    case FaultCause::Assert:
      name = "assertion failed";
      break;
    case FaultCause::IllegalInstruction:
      name = "illegal instruction";
      break;
    case FaultCause::StackOverflow:
      name = "stack overflow";
      break;
    case FaultCause::Arithmetic:
      name = "arithmetic exception";
      break;
    case FaultCause::BarrierDeadlock:
      name = "all warps of a block wait at barriers that nobody reaches";
      break;
    case FaultCause::InvalidFree:
      name = "free of what is no block of the heap:";
      break;
    case FaultCause::Cancelled:
      name = "cancelled";
      break;
  }
  return has_address ? fmt::format("{} {:#x}", name, address) : name;
}

FaultCause fault_cause(FaultKind kind) {
  switch (kind) {
    case FaultKind::None:
      return FaultCause::None;
    case FaultKind::IllegalAddress:
      return FaultCause::IllegalAddress;
    case FaultKind::MisalignedAddress:
      return FaultCause::MisalignedAddress;
    case FaultKind::Trap:
      return FaultCause::Trap;
    case FaultKind::Assert:
      return FaultCause::Assert;
    case FaultKind::IllegalInstruction:
      return FaultCause::IllegalInstruction;
    case FaultKind::StackOverflow:
      return FaultCause::StackOverflow;
  }
  return FaultCause::Trap;
}

FaultScope::FaultScope() : bounds_(thread_stack_bounds()) {
  prepare_thread_for_faults();
}

FaultScope* FaultScope::current() {
  return current_scope;
}

bool FaultScope::run(void (*body)(void*), void* argument) {
  fault_ = {};
  outer_ = current_scope;
  if (vgpu_exec_set_recovery(&point_) == 0) {
    current_scope = this;
    body(argument);
    current_scope = outer_;
    return true;
  }
  finish_switch(fake_stack_);
  current_scope = outer_;
  return false;
}

void FaultScope::prepare_return(const Fault& fault) {
  fault_ = fault;
  announce_no_return();
  announce_switch(&fake_stack_, bounds_);
}

void FaultScope::raise(const Fault& fault) {
  FaultScope* scope = current_scope;
  scope->prepare_return(fault);
  vgpu_exec_recover(&scope->point_);
}

}  // namespace vgpu::exec
