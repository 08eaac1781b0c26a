#include "seccomp/container.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include <cerrno>
#include <chrono>

namespace vgpu::seccomp {
namespace {

// Of a number of the x32 ABI, whose calls have the same architecture.
constexpr int kX32Bit = 0x40000000;

constexpr int kOpenMask = O_ACCMODE | O_CREAT | O_DIRECTORY | O_PATH;

// A process waits for its work by looking, so a channel that has some is looked at often, and one that has had none
// for a while seldom: a thousand times a second cost 2% of a processor.
constexpr std::chrono::microseconds kBusyPause{20}, kIdlePause{1000};
constexpr int kTurnsUntilIdle = 500;

// A little less than the worker's pause, so that every one of its rounds counts.
constexpr std::chrono::milliseconds kSamplePeriod{180};

Outcome failed(int error) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::Answer;
  outcome.error = error;
  return outcome;
}

}  // namespace

Container::Container(std::string name, std::vector<model::Device> devices, SharedJournal journal, Processes::Log log,
                     Watch watch)
    : devices_(std::move(devices)),
      journal_(std::move(journal)),
      processes_(std::move(name), log),
      driver_(devices_, journal_, processes_),
      watch_(std::move(watch)) {
  driver_.restore(journal_.records());
}

std::optional<Container::Opening> Container::opening(const seccomp_notif& notification) {
  const auto thread = static_cast<pid_t>(notification.pid);
  const bool at = notification.data.nr == __NR_openat;
  const std::uint64_t flags = notification.data.args[at ? 2 : 1];
  if ((flags & kOpenMask) != O_RDWR) return std::nullopt;
  const auto path = read_path(ThreadMemory(thread), notification.data.args[at ? 1 : 0]);
  if (!path) return std::nullopt;
  const int folder = at ? static_cast<int>(notification.data.args[0]) : AT_FDCWD;
  const auto device = processes_.device_at(thread, folder, *path);
  const auto node = device ? rm::node_of(*device) : std::nullopt;
  const auto caller = node ? processes_.caller(thread) : std::nullopt;
  if (!caller) return std::nullopt;
  return Opening{*node, *caller, (flags & O_CLOEXEC) != 0};
}

Outcome Container::open(const Opening& wanted) {
  auto opened = driver_.open(wanted.node, wanted.caller);
  if (!opened) return failed(opened.error());
  Outcome outcome;
  outcome.kind = Outcome::Kind::GiveDescriptor;
  outcome.given = opened->given.release();
  outcome.file = opened->id;
  outcome.close_on_exec = wanted.close_on_exec;
  if (opened->watched >= 0) {
    watch_.file(opened->watched, opened->id);
  } else {
    watch_.process(wanted.caller.process);
  }
  return outcome;
}

Outcome Container::ioctl(const seccomp_notif& notification, const rm::Host::DescriptorIdentity& descriptor) {
  const auto thread = static_cast<pid_t>(notification.pid);
  const ThreadMemory memory(thread);
  const rm::File* file = driver_.find_file(descriptor.device, descriptor.inode);
  if (file == nullptr) return {};
  Outcome outcome;
  outcome.kind = Outcome::Kind::Answer;
  outcome.answer = driver_.ioctl(
      {file->id, static_cast<std::uint32_t>(notification.data.args[1]), notification.data.args[2], thread}, memory);
  outcome.error = outcome.answer.error;
  return outcome;
}

Outcome Container::answer(const seccomp_notif& notification, AnswerSlot& slot) {
  if (devices_.empty() || notification.data.arch != AUDIT_ARCH_X86_64 || (notification.data.nr & kX32Bit) != 0)
    return {};
  // A path or a descriptor may lead to where looking takes long; only callers of this listener wait for it.
  std::optional<Opening> wanted;
  std::optional<rm::Host::DescriptorIdentity> descriptor;
  if (notification.data.nr == __NR_openat || notification.data.nr == __NR_open) {
    wanted = opening(notification);
  } else if (notification.data.nr == __NR_ioctl) {
    descriptor =
        processes_.descriptor(static_cast<pid_t>(notification.pid), static_cast<int>(notification.data.args[0]));
  }
  if (!wanted && !descriptor) return {};
  const std::lock_guard lock(mutex_);
  catch_up();
  const std::uint32_t before = journal_.position().end;
  Outcome outcome = wanted ? open(*wanted) : ioctl(notification, *descriptor);
  outcome.changed = journal_.position().end != before;
  if (outcome.kind == Outcome::Kind::LetThrough) return outcome;
  if (!slot.keep(outcome, journal_.position())) {
    outcome = failed(ENOMEM);
    slot.keep(outcome, journal_.position());
  }
  commit();
  return outcome;
}

void Container::commit() {
  journal_.commit(journal_.position());
  driver_.close_dropped();
  journal_.compact_if_long([this] { return driver_.snapshot(); });
  start_channels();
}

void Container::resume_channels() {
  const std::lock_guard lock(mutex_);
  start_channels();
}

void Container::start_channels() {
  if (channels_run_ || !driver_.has_channels()) return;
  channels_run_ = true;
  channels_ = std::jthread([this](const std::stop_token& stopped) { run_channels(stopped); });
}

void Container::run_channels(const std::stop_token& stopped) {
  int idle_turns = 0;
  while (!stopped.stop_requested()) {
    {
      const std::lock_guard lock(mutex_);
      if (!driver_.has_channels()) {
        channels_run_ = false;
        return;
      }
      catch_up();
      idle_turns = driver_.run_channels() ? 0 : idle_turns + 1;
      commit();
    }
    std::this_thread::sleep_for(idle_turns < kTurnsUntilIdle ? kBusyPause : kIdlePause);
  }
}

void Container::close(rm::FileId file) {
  const std::lock_guard lock(mutex_);
  driver_.close(file);
  commit();
}

void Container::close_later(rm::FileId file) {
  {
    const std::lock_guard lock(put_off_mutex_);
    closed_files_.push_back(file);
    put_off_ = true;
  }
  settle();
}

void Container::process_ended_later(pid_t process) {
  {
    const std::lock_guard lock(put_off_mutex_);
    ended_processes_.push_back(process);
    put_off_ = true;
  }
  settle();
}

bool Container::settle() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return !put_off_;
  catch_up();
  // Whoever makes events often must not shorten the time that the samples are about.
  if (const auto now = std::chrono::steady_clock::now(); now >= next_sample_ && driver_.active()) {
    driver_.sample();
    next_sample_ = now + kSamplePeriod;
  }
  return true;
}

std::optional<std::vector<rm::DeviceUse>> Container::use() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return std::nullopt;
  catch_up();
  return rm::use_of(driver_);
}

void Container::catch_up() {
  if (!put_off_) return;
  std::vector<rm::FileId> files;
  std::vector<pid_t> processes;
  {
    const std::lock_guard lock(put_off_mutex_);
    files.swap(closed_files_);
    processes.swap(ended_processes_);
    put_off_ = false;
  }
  for (const rm::FileId file : files) driver_.close(file);
  for (const pid_t process : processes) driver_.process_ended(process);
  commit();
}

std::set<int> Container::descriptors() {
  const std::lock_guard lock(mutex_);
  std::set<int> numbers = {processes_.own_descriptor()};
  for (const auto& [id, file] : driver_.state().files()) numbers.insert(file.descriptor.get());
  for (const auto& [handle, client] : driver_.state().clients()) {
    for (const auto& [number, object] : client.objects) {
      if (object.descriptor.valid()) numbers.insert(object.descriptor.get());
    }
  }
  return numbers;
}

void Container::watch_all() {
  std::vector<std::pair<int, rm::FileId>> files;
  std::set<pid_t> owners;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, file] : driver_.state().files()) {
      const bool has_pipe = file.node.kind == rm::NodeKind::Control || file.node.kind == rm::NodeKind::Device;
      if (has_pipe) {
        files.emplace_back(file.descriptor.get(), id);
      } else {
        owners.insert(file.caller.process);
      }
    }
  }
  for (const auto& [descriptor, file] : files) watch_.file(descriptor, file);
  for (const pid_t process : owners) watch_.process(process);
}

}  // namespace vgpu::seccomp
