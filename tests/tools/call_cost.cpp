// call_cost [trapped|bare]: the median times of system calls in nanoseconds, one "NAME TIME" a line.
//
//   (nothing)  calls that a filter looks at and lets pass
//   trapped    also a control of the driver, which the supervisor answers
//   bare       a call that a process answers which does nothing else: the least that any answer can take
#include <linux/seccomp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "seccomp/rm/abi/control_gpu.h"
#include "tests/tools/driver_requests.h"
#include "tests/tools/filter.h"

namespace {

using namespace vgpu::testing;

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
constexpr std::uint64_t kSyncWakeUp = 1;  // SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP of linux/seccomp.h

template <class Function>
void tell(const char* name, int rounds, Function function) {
  std::vector<double> times;
  constexpr int kBatch = 16;
  for (int round = 0; round < rounds; ++round) {
    timespec begin{}, end{};
    ::clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int count = 0; count < kBatch; ++count) function();
    ::clock_gettime(CLOCK_MONOTONIC, &end);
    times.push_back(
        (static_cast<double>(end.tv_sec - begin.tv_sec) * 1e9 + static_cast<double>(end.tv_nsec - begin.tv_nsec)) /
        kBatch);
  }
  std::ranges::nth_element(times, times.begin() + rounds / 2);
  std::printf("%s %.0f\n", name, times[static_cast<std::size_t>(rounds) / 2]);
}

void tell_untrapped() {
  constexpr int kRounds = 20001;
  const int null = open_node("/dev/null");
  char bytes[64] = {};
  struct stat status{};
  tell("getppid", kRounds, [] { ::syscall(SYS_getppid); });
  tell("read", kRounds, [&] { ::syscall(SYS_read, null, bytes, 1); });
  tell("ioctl", kRounds, [&] { ::syscall(SYS_ioctl, null, 0x5401, bytes); });
  tell("open", kRounds, [] { ::close(static_cast<int>(::syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY))); });
  tell("stat", kRounds, [&] { ::syscall(SYS_newfstatat, AT_FDCWD, "/dev/null", &status, 0); });
}

void tell_trapped() {
  const Opened opened = open_client(0);
  vgpu::rm::abi::NameString name{};
  tell("control", 2001, [&] { control(opened.control, opened.client, opened.subdevice, 0x20800110, name); });
}

[[noreturn]] void respond(pid_t caller, int number) {
  const auto process = static_cast<int>(::syscall(SYS_pidfd_open, caller, 0));
  const auto listener = static_cast<int>(::syscall(SYS_pidfd_getfd, process, number, 0));
  ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, kSyncWakeUp);
  for (;;) {
    seccomp_notif notification{};
    if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notification) != 0) std::_Exit(0);
    seccomp_notif_resp response{notification.id, 0, 0, 0};
    ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
  }
}

void tell_bare() {
  int numbers[2];
  expect(::pipe(numbers) == 0, "pipe");
  const pid_t caller = ::getpid();
  const pid_t responder = ::fork();
  if (responder == 0) {
    int number = -1;
    expect(::read(numbers[0], &number, sizeof number) == sizeof number, "listener");
    respond(caller, number);
  }
  const auto listener = install_filter(true);
  expect(listener.has_value(), "install filter");
  const int number = listener->get();
  expect(::write(numbers[1], &number, sizeof number) == sizeof number, "listener");
  const unsigned long request = _IOC(_IOC_READ | _IOC_WRITE, 'F', 0x2a, 32);
  tell("bare", 2001, [&] { ::syscall(SYS_ioctl, number, request, nullptr); });
  ::kill(responder, SIGKILL);
  ::waitpid(responder, nullptr, 0);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "bare") {
    tell_bare();
    return 0;
  }
  tell_untrapped();
  if (what == "trapped") tell_trapped();
  return 0;
}
