// driver_caller MODE [ARGUMENT]: a static program that asks the driver itself, by system calls and with none of
// NVIDIA's or vgpu's libraries. Exit status 0: every answer was right.
//
//   list          prints the devices: minor, name, UUID and memory
//   loop SECONDS  makes and frees clients and objects and looks at every answer, for so long or until it is told to
//   end;
//                 prints how many rounds it made
//   signals       the same under a storm of signals; then counts what was made
//   hold BYTES    charges memory, says so and waits for a signal
//   time          prints the median of what a trapped request, an untrapped one and a trapped open take, in ns
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "seccomp/rm/abi/control_gpu.h"
#include "seccomp/rm/abi/escapes.h"
#include "seccomp/rm/abi/status.h"
#include "seccomp/rm/abi/vgpu.h"
#include "tests/tools/driver_requests.h"

namespace {

using namespace vgpu::rm;
using namespace vgpu::testing;

abi::ChargeParameters charge(const Opened& opened, Handle activity, std::int64_t change) {
  abi::ChargeParameters parameters{change, 0, 0, 0};
  expect(control(opened.control, opened.client, activity, abi::kActivityCharge, parameters) == 0, "charge");
  return parameters;
}

int list() {
  const int descriptor = open_node("/dev/nvidiactl");
  std::array<abi::CardInfo, 32> cards{};
  ask(descriptor, 0xc8, cards);
  std::uint32_t ordinal = 0;
  for (const abi::CardInfo& card : cards) {
    if (card.valid == 0) continue;
    const Opened opened = open_client(ordinal++);
    ::close(open_node(("/dev/nvidia" + std::to_string(card.minor)).c_str()));
    abi::NameString name{};
    expect(control(opened.control, opened.client, opened.subdevice, 0x20800110, name) == 0, "name");
    abi::GpuGid gid{};
    expect(control(opened.control, opened.client, opened.subdevice, 0x2080014a, gid) == 0, "UUID");
    abi::HeapControl heap{};
    heap.root = opened.client;
    heap.parent = opened.device;
    heap.function = abi::kHeapInfo;
    ask(opened.control, 0x4a, heap);
    std::printf("%u: %s, %s, %llu of %llu bytes free\n", card.minor, name.ascii,
                reinterpret_cast<const char*>(gid.data), static_cast<unsigned long long>(heap.free),
                static_cast<unsigned long long>(heap.total));
    ::close(opened.control);
  }
  return 0;
}

void one_round(long round) {
  const Opened opened = open_client(0);
  abi::NameString name{};
  expect(control(opened.control, opened.client, opened.subdevice, 0x20800110, name) == 0, "name");
  expect(std::strlen(name.ascii) > 0, "name is empty");
  Handle activity = 0;
  std::uint32_t none = 0;
  expect(make(opened.control, opened.client, opened.subdevice, activity, abi::kActivityClass, &none) == 0,
         "make activity");
  std::uint64_t held = 0;
  for (long step = 1; step <= 16; ++step) {
    held += static_cast<std::uint64_t>(step * 4096);
    const std::uint64_t now = charge(opened, activity, step * 4096).held;
    expect(now == held, "held after charge", static_cast<long>(now));
  }
  if (round % 2 == 0) {
    expect(charge(opened, activity, -static_cast<std::int64_t>(held)).held == 0, "held after release");
    expect(free_object(opened.control, opened.client, activity) == 0, "free");
    expect(free_object(opened.control, opened.client, activity) != 0, "freed twice");
  }
  expect(::close(opened.control) == 0, "close");
}

volatile std::sig_atomic_t ended = 0;

int loop(double seconds) {
  ::signal(SIGTERM, [](int) { ended = 1; });
  timespec begin{}, now{};
  ::clock_gettime(CLOCK_MONOTONIC, &begin);
  long rounds = 0;
  do {
    one_round(rounds++);
    ::clock_gettime(CLOCK_MONOTONIC, &now);
  } while (ended == 0 &&
           static_cast<double>(now.tv_sec - begin.tv_sec) + static_cast<double>(now.tv_nsec - begin.tv_nsec) * 1e-9 <
               seconds);
  std::printf("rounds: %ld\n", rounds);
  return 0;
}

int signals() {
  struct sigaction action{};
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval storm{{0, 400}, {0, 400}};
  ::setitimer(ITIMER_REAL, &storm, nullptr);
  const Opened opened = open_client(0);
  Handle activity = 0;
  std::uint32_t none = 0;
  expect(make(opened.control, opened.client, opened.subdevice, activity, abi::kActivityClass, &none) == 0,
         "make activity");
  constexpr std::uint64_t kCharges = 20000;
  for (std::uint64_t count = 1; count <= kCharges; ++count) {
    const std::uint64_t held = charge(opened, activity, 1).held;
    expect(held == count, "charged once for each call", static_cast<long>(held - count));
    Handle object = 0;
    std::uint32_t subdevice = 0;
    expect(make(opened.control, opened.client, opened.device, object, 0x2080, &subdevice) == 0, "make object");
    expect(free_object(opened.control, opened.client, object) == 0, "free object");
  }
  std::printf("charges: %llu\n", static_cast<unsigned long long>(kCharges));
  return 0;
}

int hold(const char* bytes) {
  const Opened opened = open_client(0);
  Handle activity = 0;
  std::uint32_t none = 0;
  expect(make(opened.control, opened.client, opened.subdevice, activity, abi::kActivityClass, &none) == 0,
         "make activity");
  std::printf("held: %llu\n", static_cast<unsigned long long>(charge(opened, activity, std::atoll(bytes)).held));
  std::fflush(stdout);
  ::pause();
  return 0;
}

template <class Function>
long median_of(Function function) {
  std::vector<long> times;
  for (int count = 0; count < 4001; ++count) {
    timespec begin{}, end{};
    ::clock_gettime(CLOCK_MONOTONIC, &begin);
    function();
    ::clock_gettime(CLOCK_MONOTONIC, &end);
    times.push_back((end.tv_sec - begin.tv_sec) * 1'000'000'000 + end.tv_nsec - begin.tv_nsec);
  }
  std::nth_element(times.begin(), times.begin() + 2000, times.end());
  return times[2000];
}

int time_calls() {
  const Opened opened = open_client(0);
  abi::NameString name{};
  std::printf("control: %ld\n",
              median_of([&] { control(opened.control, opened.client, opened.subdevice, 0x20800110, name); }));
  const int null = open_node("/dev/null");
  std::printf("open and close of /dev/null: %ld\n", median_of([] { ::close(open_node("/dev/null")); }));
  std::printf("open and close of /dev/nvidiactl: %ld\n", median_of([] { ::close(open_node("/dev/nvidiactl")); }));
  std::printf("ioctl of another device: %ld\n", median_of([&] { ::syscall(SYS_ioctl, null, 0x5401, &name); }));
  std::printf("getppid: %ld\n", median_of([] { ::syscall(SYS_getppid); }));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const char* argument = argc > 2 ? argv[2] : "0";
  if (mode == "list") return list();
  if (mode == "loop") return loop(std::atof(argument));
  if (mode == "signals") return signals();
  if (mode == "hold") return hold(argument);
  if (mode == "time") return time_calls();
  std::fprintf(stderr, "usage: driver_caller list|loop SECONDS|signals|hold BYTES|time\n");
  return 2;
}
