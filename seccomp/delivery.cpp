#include "seccomp/delivery.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace vgpu::seccomp {
namespace {

constexpr std::size_t kMostRemembered = 256;
// A call that was cut off is made again when its signal's handler has run. An accepted answer was lost only if the
// signal was there already.
constexpr std::uint64_t kLongestHandler = 10'000'000'000, kSoon = 20'000'000;  // nanoseconds

std::uint64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

std::vector<std::vector<std::byte>> read_places(pid_t thread, const rm::Answer& answer) {
  std::vector<std::vector<std::byte>> places;
  for (const rm::MemoryWrite& write : answer.writes) {
    places.emplace_back(write.bytes.size());
    if (!ThreadMemory(thread).read(write.address, places.back())) return {};
  }
  return places;
}

}  // namespace

void Delivery::carry_out(const seccomp_notif& notification, const Outcome& outcome) {
  const std::uint64_t id = notification.id;
  switch (outcome.kind) {
    case Outcome::Kind::LetThrough:
      listener_.let_through(id);
      return;
    case Outcome::Kind::GiveDescriptor: {
      const auto number = listener_.give_descriptor(id, outcome.given, outcome.close_on_exec);
      ::close(outcome.given);
      if (number && listener_.answer(id, *number, 0) == 0) return;
      // Cut off, and then the program opens it anew; or it can have no more descriptors.
      container_.close(outcome.file);
      if (!number) listener_.answer(id, 0, number.error());
      return;
    }
    case Outcome::Kind::Answer:
      break;
  }
  if (!listener_.is_waiting(id)) return remember(notification, outcome, true);
  int error = outcome.error;
  const auto thread = static_cast<pid_t>(notification.pid);
  if (error == 0 && outcome.answer.replacement) {
    const auto& [target, source] = *outcome.answer.replacement;
    error = listener_.replace_descriptor(id, source, target);
  }
  if (error == 0 && !write_memory(thread, outcome.answer.writes)) error = EFAULT;
  const int answered = listener_.answer(id, 0, error);
  if (answered == ENOENT || outcome.changed) remember(notification, outcome, answered == ENOENT);
}

void Delivery::remember(const seccomp_notif& notification, const Outcome& outcome, bool cut_off) {
  if (outcome.error != 0 || outcome.answer.writes.empty()) return;
  if (earlier_.size() >= kMostRemembered) earlier_.clear();
  Earlier& earlier = earlier_[notification.pid];
  earlier.request = notification.data.args[1];
  earlier.argument = notification.data.args[2];
  earlier.cut_off = cut_off;
  earlier.until = now() + (cut_off ? kLongestHandler : kSoon);
  earlier.before.clear();
  if (cut_off) earlier.before = read_places(static_cast<pid_t>(notification.pid), outcome.answer);
  earlier.outcome = outcome;
}

std::optional<Outcome> Delivery::earlier_answer(const seccomp_notif& notification) {
  if (earlier_.empty()) return std::nullopt;
  const auto found = earlier_.find(notification.pid);
  if (found == earlier_.end()) return std::nullopt;
  const bool is_same = notification.data.nr == __NR_ioctl && notification.data.args[1] == found->second.request &&
                       notification.data.args[2] == found->second.argument;
  // The signal's handler may make calls of its own before the one that was cut off is made again.
  if (!is_same && found->second.cut_off) return std::nullopt;
  Earlier earlier = std::move(found->second);
  earlier_.erase(found);
  if (!is_same || now() > earlier.until) return std::nullopt;
  const Memory places = read_places(static_cast<pid_t>(notification.pid), earlier.outcome.answer);
  const auto& writes = earlier.outcome.answer.writes;
  const bool is_written = std::ranges::equal(places, writes, {}, {}, &rm::MemoryWrite::bytes);
  if (!is_written && (earlier.before.empty() || places != earlier.before)) return std::nullopt;
  return std::move(earlier.outcome);
}

}  // namespace vgpu::seccomp
