#include "seccomp/rm/activity.h"

#include <unistd.h>

#include <algorithm>

#include "seccomp/rm/abi/vgpu.h"

namespace vgpu::rm {
namespace {

// Of what a new process claims this much counts, at most.
constexpr std::uint64_t kLongestUnseen = 1'000'000'000;

bool is_page(const Object& object) {
  return object.object_class == abi::kActivityClass && object.descriptor.valid();
}

}  // namespace

std::uint64_t Activity::grow(Page& page, std::uint64_t busy) {
  // The two numbers of a page are not written at once: what was counted once is not counted again.
  const std::uint64_t before = page.counted;
  page.counted = std::max(before, busy);
  return page.count == 0 ? std::min(busy, kLongestUnseen) : page.counted - before;
}

void Activity::sample(const State& state, Host& host) {
  const std::uint64_t start = host.monotonic_time();
  std::uint64_t passed = last_sample_ == 0 ? kLongestUnseen : start - last_sample_;
  if (pages_.empty()) passed = std::min(passed, kLongestUnseen);
  last_sample_ = start;
  std::map<std::size_t, std::uint64_t> grown;
  for (auto& [key, page] : pages_) page.seen = false;
  for (const auto& [handle, client] : state.clients()) {
    for (const auto& [number, object] : client.objects) {
      // Read rather than mapped: whatever is done to the file cannot hurt this process.
      std::array<std::uint64_t, 2> content{};
      if (!is_page(object) || ::pread(object.descriptor.get(), content.data(), sizeof content, 0) != sizeof content) {
        continue;
      }
      const std::uint64_t now = host.monotonic_time();
      const auto [busy, since] = content;
      Page& page = pages_[{handle, number}];
      page.device = object.device;
      const File* file = state.find_file(client.file);
      page.process = file != nullptr ? file->caller.process : 0;
      page.seen = true;
      if (page.count == page.moments.size()) {
        std::ranges::rotate(page.moments, page.moments.begin() + 1);
        --page.count;
      }
      const std::uint64_t total = busy + (since != 0 && since < now ? now - since : 0);
      // A process may write what it likes there: what counts is bounded one by one, so that no sum overflows.
      grown[page.device] += std::min(grow(page, total), passed);
      page.moments[page.count++] = {now, total};
    }
  }
  for (const auto& [device, time] : grown) busy_times_[device] += std::min(time, passed);
  std::erase_if(pages_, [](const auto& entry) { return !entry.second.seen; });
}

bool Activity::has_pages(const State& state) {
  if (!state.class_counts().contains(abi::kActivityClass)) return false;
  for (const auto& [handle, client] : state.clients()) {
    if (std::ranges::any_of(client.objects, [](const auto& entry) { return is_page(entry.second); })) return true;
  }
  return false;
}

unsigned Activity::percent(const Page& page) {
  if (page.count < 2) return 0;
  const Moment& first = page.moments[0];
  const Moment& last = page.moments[page.count - 1];
  const std::uint64_t time = last.time - first.time;
  if (time == 0 || last.busy <= first.busy) return 0;
  // A process may write what it likes there.
  const std::uint64_t busy = std::min(last.busy - first.busy, time);
  return static_cast<unsigned>((busy * 100 + time / 2) / time);
}

unsigned Activity::utilisation(std::size_t device) const {
  unsigned sum = 0;
  for (const auto& [key, page] : pages_) {
    if (page.device == device) sum += percent(page);
  }
  return std::min(sum, 100u);
}

unsigned Activity::utilisation_of(std::size_t device, pid_t process) const {
  unsigned sum = 0;
  for (const auto& [key, page] : pages_) {
    if (page.device == device && page.process == process) sum += percent(page);
  }
  return std::min(sum, 100u);
}

std::uint64_t Activity::busy_time(std::size_t device) const {
  const auto found = busy_times_.find(device);
  return found == busy_times_.end() ? 0 : found->second;
}

}  // namespace vgpu::rm
