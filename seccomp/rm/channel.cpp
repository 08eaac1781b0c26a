#include "seccomp/rm/channel.h"

#include <unistd.h>

#include <algorithm>

#include "seccomp/rm/abi/channel.h"
#include "seccomp/rm/backing.h"
#include "seccomp/rm/class_handlers.h"

namespace vgpu::rm {
namespace {

constexpr std::uint64_t kBudget = std::uint64_t{8} << 20;  // bytes a turn
constexpr std::uint32_t kEntriesPerTurn = 64, kMethodsPerTurn = 8192;

// Header of a run of methods: kind 31:29, count 28:16, object 15:13, address / 4 11:0.
enum HeaderKind : std::uint32_t { kIncreasing = 1, kSame = 3, kImmediate = 4, kIncreasingOnce = 5 };

bool is_channel_class(std::uint32_t number) {
  const ObjectClass* object_class = find_class(number);
  return object_class != nullptr && object_class->handler == make_channel;
}

bool is_channel(const Object& object) {
  return is_channel_class(object.object_class);
}

template <class Value>
bool read_at(int descriptor, std::uint64_t place, Value& value) {
  return ::pread(descriptor, &value, sizeof value, static_cast<off_t>(place)) == sizeof value;
}

template <class Value>
bool write_at(int descriptor, std::uint64_t place, const Value& value) {
  return ::pwrite(descriptor, &value, sizeof value, static_cast<off_t>(place)) == sizeof value;
}

}  // namespace

bool Channels::has_any(const State& state) {
  // Asked after each request.
  return std::ranges::any_of(state.class_counts(), [](const auto& count) { return is_channel_class(count.first); });
}

bool Channels::run(Driver& driver) {
  for (auto& [key, channel] : channels_) channel.seen = false;
  now_ = driver.host().real_time();
  bool busy = false;
  for (const auto& [handle, client] : driver.state().clients()) {
    for (const auto& [number, object] : client.objects) {
      if (!is_channel(object)) continue;
      Channel& channel = channels_[{handle, number}];
      channel.seen = true;
      if (!channel.stopped) busy = run_channel(driver, client, object, channel) || busy;
    }
  }
  std::erase_if(channels_, [](const auto& entry) { return !entry.second.seen; });
  return busy;
}

bool Channels::run_channel(Driver& driver, const Client& client, const Object& object, Channel& channel) {
  const File* file = driver.state().find_file(client.file);
  const Object* control = driver.state().find_object(client.handle, object.channel.control_memory);
  const int descriptor = control != nullptr ? backing_of(driver, client.handle, *control) : -1;
  if (file == nullptr || descriptor < 0 || object.channel.entries == 0) return false;
  const std::uint64_t place = object.channel.control_offset;
  std::uint32_t put = 0;
  if (!read_at(descriptor, place + abi::kPutOffset, put)) return false;
  if (!channel.begun) {
    // After a change of workers, what is done stands there.
    if (!read_at(descriptor, place + abi::kGetOffset, channel.get)) return false;
    channel.begun = true;
  }
  if (channel.get >= object.channel.entries || put >= object.channel.entries) channel.get = put = 0;
  if (channel.get == put) return false;
  ChannelMemory memory(driver, file->caller);
  budget_ = kBudget;
  methods_ = kMethodsPerTurn;
  bool moved = false;
  for (std::uint32_t count = 0; count < kEntriesPerTurn && channel.get != put && budget_ > 0; ++count) {
    std::uint64_t entry = 0;
    if (!memory.read_value(object.channel.entries_address + 8ull * channel.get, entry)) {
      stop(driver, client, object, "its ring of entries is not in memory");
      return true;
    }
    std::vector<std::uint32_t> words(abi::entry_words(entry));
    if (!memory.read(abi::entry_address(entry), std::as_writable_bytes(std::span(words)))) {
      stop(driver, client, object, "its work is not in memory");
      return true;
    }
    budget_ -= std::min<std::uint64_t>(budget_, 4 * words.size());
    const std::uint32_t before = channel.word + channel.done;
    const Step step = run_words(memory, channel, words);
    moved = moved || channel.word + channel.done != before || channel.copy.has_value();
    if (step == Step::Stopped) {
      stop(driver, client, object, "");
      return true;
    }
    if (step == Step::Waits) break;
    channel.word = channel.done = 0;
    channel.get = (channel.get + 1) % object.channel.entries;
    moved = true;
    if (!write_at(descriptor, place + abi::kGetOffset, channel.get)) return false;
  }
  return moved;
}

Channels::Step Channels::run_words(ChannelMemory& memory, Channel& channel, const std::vector<std::uint32_t>& words) {
  if (channel.copy) {
    if (const Step step = run_copy(memory, channel); step != Step::Done) return step;
  }
  while (channel.word < words.size()) {
    const std::uint32_t header = words[channel.word], kind = header >> 29;
    const unsigned object = header >> 13 & 7;
    const std::uint32_t address = (header & 0xfff) << 2, first = channel.word + 1;
    // An immediate's one datum is where the others have their count.
    const bool immediate = kind == kImmediate;
    const bool has_data = kind == kIncreasing || kind == kSame || kind == kIncreasingOnce;
    const std::uint32_t in_header = header >> 16 & 0x1fff, count = immediate ? 1 : has_data ? in_header : 0;
    for (; channel.done < count && (immediate || first + channel.done < words.size()); ++channel.done) {
      if (methods_ == 0) return Step::Waits;
      --methods_;
      std::uint32_t at = address;
      if (kind == kIncreasing) at += 4 * channel.done;
      if (kind == kIncreasingOnce) at += channel.done > 0 ? 4 : 0;
      const std::uint32_t data = immediate ? in_header : words[first + channel.done];
      const Step step = method(memory, channel, object, at & 0x3ffc, data);
      if (step == Step::Done) continue;
      // A semaphore is looked at again; a copy goes on by itself.
      if (step == Step::Waits && channel.copy) ++channel.done;
      return step;
    }
    channel.word = first + (immediate ? 0 : count);
    channel.done = 0;
  }
  return Step::Done;
}

void Channels::stop(Driver& driver, const Client& client, const Object& object, const std::string& why) {
  const File* file = driver.state().find_file(client.file);
  const std::string process = file != nullptr ? std::to_string(file->caller.container_process) : "?";
  driver.host().log(why.empty() ? "process " + process +
                                      ": NVIDIA's own libcuda cannot run kernels here, its context is stopped; vgpu's "
                                      "libcuda.so.1 in /usr/local/nvidia/lib64 runs them"
                                : "process " + process + ": a channel is stopped: " + why);
  // All channels of the group stop together, each with its notifier.
  for (const auto& [number, other] : client.objects) {
    if (!is_channel(other) || other.parent != object.parent) continue;
    channels_[{client.handle, number}].stopped = true;
    const Object* error = driver.state().find_object(client.handle, other.channel.error_memory);
    const int descriptor = error != nullptr ? backing_of(driver, client.handle, *error) : -1;
    if (descriptor < 0) continue;
    abi::ErrorNotifier notifier{now_, abi::kGraphicsException, 1, 0};
    if (!write_at(descriptor, 0, notifier)) continue;
    // The status last: it is what says that the rest is there.
    notifier.status = abi::kErrorStatus;
    if (!write_at(descriptor, 0, notifier)) driver.host().log("a channel's error cannot be written");
  }
}

}  // namespace vgpu::rm
