#include "gpu/exec/fault_signals.h"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <array>
#include <cstdint>
#include <mutex>

#include "gpu/exec/fault.h"

namespace vgpu::exec {
namespace {

constexpr std::array kSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
constexpr std::size_t kSignalStackSize = 64 << 10;  // the kernel saves up to 11 KB of registers here with AMX

struct sigaction previous_actions[kSignals.size()];

Fault fault_of_signal(int number, const siginfo_t& information) {
  Fault fault;
  switch (number) {
    case SIGSEGV:
      fault.cause = FaultCause::IllegalAddress;
      // The kernel does not know the address of a general-protection fault (a non-canonical address).
      fault.has_address = information.si_code != SI_KERNEL;
      break;
    case SIGBUS:
      fault.cause = information.si_code == BUS_ADRALN ? FaultCause::MisalignedAddress : FaultCause::IllegalAddress;
      fault.has_address = information.si_code != SI_KERNEL;
      break;
    case SIGFPE:
      fault.cause = FaultCause::Arithmetic;
      break;
    default:
      fault.cause = FaultCause::IllegalInstruction;
      break;
  }
  if (fault.has_address) fault.address = reinterpret_cast<std::uint64_t>(information.si_addr);
  return fault;
}

void chain(int number, siginfo_t* information, void* context) {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i] != number) continue;
    const struct sigaction& previous = previous_actions[i];
    if ((previous.sa_flags & SA_SIGINFO) != 0 && previous.sa_sigaction != nullptr) {
      previous.sa_sigaction(number, information, context);
    } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
      previous.sa_handler(number);
    } else {
      // The faulting instruction runs again and then ends the process as it would have without us.
      ::signal(number, SIG_DFL);
      if (information->si_code <= 0) ::raise(number);
    }
  }
}

void handle_signal(int number, siginfo_t* information, void* context) {
  FaultScope* scope = FaultScope::current();
  const bool sent_by_process = information->si_code <= 0;
  if (scope == nullptr || sent_by_process) {
    chain(number, information, context);
    return;
  }
  scope->prepare_return(fault_of_signal(number, *information));
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  registers[REG_RIP] = static_cast<greg_t>(reinterpret_cast<std::uint64_t>(&vgpu_exec_recover));
  registers[REG_RDI] = static_cast<greg_t>(reinterpret_cast<std::uint64_t>(&scope->point()));
  registers[REG_RSP] = static_cast<greg_t>(scope->point().rsp - 8);
}

void install_handlers() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction action{};
    action.sa_sigaction = handle_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(kSignals[i], &action, &previous_actions[i]);
  }
}

// Gives the thread a signal stack for as long as it lives: a kernel may have used up the stack it faults on.
class SignalStack {
 public:
  SignalStack() {
    stack_t present{};
    if (::sigaltstack(nullptr, &present) == 0 && (present.ss_flags & SS_DISABLE) == 0) return;
    void* memory = ::mmap(nullptr, kSignalStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    stack_t stack{};
    stack.ss_sp = memory;
    stack.ss_size = kSignalStackSize;
    if (::sigaltstack(&stack, nullptr) == 0) {
      memory_ = memory;
    } else {
      ::munmap(memory, kSignalStackSize);
    }
  }
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;
  ~SignalStack() {
    if (memory_ == nullptr) return;
    stack_t stack{};
    stack.ss_flags = SS_DISABLE;
    ::sigaltstack(&stack, nullptr);
    ::munmap(memory_, kSignalStackSize);
  }

 private:
  void* memory_ = nullptr;
};

}  // namespace

void prepare_thread_for_faults() {
  static std::once_flag installed;
  std::call_once(installed, install_handlers);
  static thread_local const SignalStack stack;
  static_cast<void>(stack);
}

}  // namespace vgpu::exec
