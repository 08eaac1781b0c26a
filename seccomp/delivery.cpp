#include "seccomp/delivery.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace vgpu::seccomp {
namespace {

constexpr std::size_t kMostCutOff = 256;

}  // namespace

void Delivery::carry_out(const seccomp_notif& notification, const Outcome& outcome) {
  const std::uint64_t id = notification.id;
  switch (outcome.kind) {
    case Outcome::Kind::LetThrough:
      listener_.let_through(id);
      return;
    case Outcome::Kind::GiveDescriptor: {
      const int error = listener_.answer_with_descriptor(id, outcome.given, outcome.close_on_exec);
      ::close(outcome.given);
      if (error == 0) return;
      container_.close(outcome.file);
      if (error != ENOENT) listener_.answer(id, 0, error);
      return;
    }
    case Outcome::Kind::Answer:
      break;
  }
  if (!listener_.is_waiting(id)) return keep(notification, outcome);
  int error = outcome.error;
  const auto thread = static_cast<pid_t>(notification.pid);
  if (error == 0 && outcome.answer.replacement) {
    const auto& [target, source] = *outcome.answer.replacement;
    error = listener_.replace_descriptor(id, source, target);
  }
  if (error == 0 && !write_memory(thread, outcome.answer.writes)) error = EFAULT;
  if (listener_.answer(id, 0, error) == ENOENT) keep(notification, outcome);
}

void Delivery::keep(const seccomp_notif& notification, const Outcome& outcome) {
  if (outcome.error != 0 || outcome.answer.writes.empty() || cut_off_.size() >= kMostCutOff) return;
  const rm::MemoryWrite& parameters = outcome.answer.writes.back();
  CutOff entry;
  entry.request = notification.data.args[1];
  entry.argument = notification.data.args[2];
  entry.before.resize(parameters.bytes.size());
  if (!ThreadMemory(static_cast<pid_t>(notification.pid)).read(entry.argument, entry.before)) return;
  entry.after = parameters.bytes;
  entry.outcome = outcome;
  cut_off_[notification.pid] = std::move(entry);
}

std::optional<Outcome> Delivery::cut_off(const seccomp_notif& notification) {
  if (cut_off_.empty()) return std::nullopt;
  const auto found = cut_off_.find(notification.pid);
  if (found == cut_off_.end()) return std::nullopt;
  const CutOff entry = std::move(found->second);
  cut_off_.erase(found);
  if (notification.data.nr != __NR_ioctl || notification.data.args[1] != entry.request ||
      notification.data.args[2] != entry.argument) {
    return std::nullopt;
  }
  std::vector<std::byte> now(entry.before.size());
  if (!ThreadMemory(static_cast<pid_t>(notification.pid)).read(entry.argument, now)) return std::nullopt;
  if (now != entry.before && now != entry.after) return std::nullopt;
  return entry.outcome;
}

}  // namespace vgpu::seccomp
