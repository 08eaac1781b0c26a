#pragma once

#include <cstdint>
#include <string>

#include "gpu/exec/context_switch.h"
#include "gpu/exec/sanitizer.h"
#include "gpu/status.h"
#include "gpu/warp/context.h"

// Faults of device code: memory faults, traps and the like end the kernel or task they happen in, not the process.
namespace vgpu::exec {

enum class FaultCause : std::uint8_t {
  None,
  IllegalAddress,
  MisalignedAddress,
  Trap,
  Assert,
  IllegalInstruction,
  StackOverflow,
  Arithmetic,       // SIGFPE
  BarrierDeadlock,  // every warp of a block waits
  InvalidFree,      // of what malloc has not given, or has been freed
  Cancelled,        // another block of the grid faulted: not a fault of its own
};

struct Fault {
  FaultCause cause = FaultCause::None;
  bool has_address = false;
  std::uint64_t address = 0;

  // What CUDA calls it.
  [[nodiscard]] gpu::Status status() const;
  // "illegal address 0x10".
  [[nodiscard]] std::string describe() const;
};

FaultCause fault_cause(FaultKind kind);

// Runs code on this thread such that SIGSEGV, SIGBUS, SIGFPE and SIGILL in it, on whichever stack it has switched to,
// abandon it and return here. Destructors of abandoned frames do not run: code that may fault holds no locks.
// Signals of code outside of a scope go to the handlers that were installed before ours.
class FaultScope {
 public:
  FaultScope();
  FaultScope(const FaultScope&) = delete;
  FaultScope& operator=(const FaultScope&) = delete;

  // True when `body` returned, false when it faulted: fault() says how.
  bool run(void (*body)(void*), void* argument);
  template <class Body>
  bool run(Body&& body) {
    return run([](void* argument) { (*static_cast<std::remove_reference_t<Body>*>(argument))(); }, &body);
  }

  // Ends the innermost scope that runs on this thread; there must be one.
  [[noreturn]] static void raise(const Fault& fault);

  [[nodiscard]] const Fault& fault() const { return fault_; }

  // For the signal handler: the innermost scope of this thread, or nullptr.
  static FaultScope* current();
  void prepare_return(const Fault& fault);
  [[nodiscard]] const RecoveryPoint& point() const { return point_; }

 private:
  Fault fault_;
  RecoveryPoint point_{};
  FaultScope* outer_ = nullptr;
  void* fake_stack_ = nullptr;
  StackBounds bounds_;
};

}  // namespace vgpu::exec
