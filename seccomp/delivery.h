#pragma once

#include <map>
#include <vector>

#include "seccomp/answer_slot.h"
#include "seccomp/container.h"
#include "seccomp/notification.h"

// Carrying answers out. A signal may cut a call off while it is being answered, and the kernel then makes the program
// call again, unless the filter was installed with SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV. What the first call did has
// happened, so the second one gets the same answer. The kernel does not always tell: a call whose answer was accepted
// is cut off all the same when the signal came a moment before.
namespace vgpu::seccomp {

class Delivery {
 public:
  Delivery(Listener& listener, Container& container) : listener_(listener), container_(container) {}

  void carry_out(const seccomp_notif& notification, const Outcome& outcome);

  // The answer that a call which was cut off had, when this is the same call made again; nullopt for a new one.
  std::optional<Outcome> earlier_answer(const seccomp_notif& notification);

 private:
  using Memory = std::vector<std::vector<std::byte>>;
  struct Earlier {
    std::uint64_t request = 0, argument = 0;
    bool cut_off = false;     // for certain, and not only perhaps
    std::uint64_t until = 0;  // of CLOCK_MONOTONIC, nanoseconds: what comes later is a new call
    Memory before;            // what was where the answer goes, if it may not have been written
    Outcome outcome;
  };
  void remember(const seccomp_notif& notification, const Outcome& outcome, bool cut_off);

  Listener& listener_;
  Container& container_;
  std::map<std::uint32_t, Earlier> earlier_;  // by thread
};

}  // namespace vgpu::seccomp
