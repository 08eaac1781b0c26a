#pragma once

#include <map>

#include "seccomp/answer_slot.h"
#include "seccomp/container.h"
#include "seccomp/notification.h"

// Carrying answers out. A signal may cut a call off while it is being answered, and the kernel then makes the program
// call again (unless the filter was installed with SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV): what the first call did has
// happened, so the second one gets the same answer.
namespace vgpu::seccomp {

class Delivery {
 public:
  Delivery(Listener& listener, Container& container) : listener_(listener), container_(container) {}

  void carry_out(const seccomp_notif& notification, const Outcome& outcome);

  // The answer that a cut-off call of the same thread and for the same request was to have; nullopt for a new one.
  std::optional<Outcome> cut_off(const seccomp_notif& notification);

 private:
  struct CutOff {
    std::uint64_t request = 0, argument = 0;
    std::vector<std::byte> before, after;  // what was at the argument, and what was written there
    Outcome outcome;
  };
  void keep(const seccomp_notif& notification, const Outcome& outcome);

  Listener& listener_;
  Container& container_;
  std::map<std::uint32_t, CutOff> cut_off_;  // by thread
};

}  // namespace vgpu::seccomp
