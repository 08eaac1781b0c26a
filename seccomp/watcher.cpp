#include "seccomp/watcher.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace vgpu::seccomp {
namespace {

std::uint64_t pack(About about) {
  return static_cast<std::uint64_t>(about.kind) << 56 | static_cast<std::uint64_t>(about.container) << 32 |
         about.number;
}

About unpack(std::uint64_t packed) {
  return {static_cast<About::Kind>(packed >> 56), static_cast<std::uint32_t>(packed >> 32 & 0xffffff),
          static_cast<std::uint32_t>(packed)};
}

}  // namespace

Watcher::Watcher() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

void Watcher::add(int descriptor, std::uint32_t events, About about) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = pack(about);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event);
}

void Watcher::remove(int descriptor) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void Watcher::add_process(std::uint32_t container, pid_t process) {
  const std::lock_guard lock(mutex_);
  if (processes_.contains({container, process})) return;
  FileDescriptor descriptor(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (!descriptor.valid()) {
    // Gone already. An event that is ready at once stands for it.
    descriptor = FileDescriptor(static_cast<int>(::syscall(SYS_eventfd2, 1, 0)));
  }
  add(descriptor.get(), EPOLLIN, {About::Kind::Process, container, static_cast<std::uint32_t>(process)});
  processes_.emplace(std::pair(container, process), std::move(descriptor));
}

void Watcher::remove_process(std::uint32_t container, pid_t process) {
  const std::lock_guard lock(mutex_);
  processes_.erase({container, process});
}

void Watcher::remove_processes(std::uint32_t container) {
  const std::lock_guard lock(mutex_);
  std::erase_if(processes_, [&](const auto& entry) { return entry.first.first == container; });
}

std::vector<int> Watcher::descriptors() {
  const std::lock_guard lock(mutex_);
  std::vector<int> numbers = {epoll_.get()};
  for (const auto& [process, descriptor] : processes_) numbers.push_back(descriptor.get());
  return numbers;
}

bool Watcher::next(About& about, int milliseconds) {
  epoll_event event{};
  if (::epoll_wait(epoll_.get(), &event, 1, milliseconds) != 1) return false;
  about = unpack(event.data.u64);
  return true;
}

}  // namespace vgpu::seccomp
