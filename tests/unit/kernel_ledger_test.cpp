#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "kernel_fixture.h"
#include "shims/kernel/ledger.h"

namespace vgpu::kernel {
namespace {

using GpuStatus = gpu::Status;

class KernelLedger : public testing::Test {
 protected:
  std::unique_ptr<Ledger> connect(FakeCalls& process, unsigned ordinal = 0) {
    return Ledger::connect(process, machine.devices[ordinal], ordinal);
  }
  std::vector<DeviceProcess> processes() {
    FakeCalls other(machine, 999);
    const auto device = Device::connect(other, machine.devices[0], 0);
    EXPECT_TRUE(device.has_value());
    return device->processes().value();
  }

  Machine machine;
  FakeCalls calls{machine, 100};
  FakeCalls other_calls{machine, 200};
  const std::uint64_t total = machine.devices[0].profile.memory;
};

TEST_F(KernelLedger, TheLimitIsSharedByTwoProcesses) {
  const auto one = connect(calls), other = connect(other_calls);
  ASSERT_NE(one, nullptr);
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(one->info().free, total);
  EXPECT_EQ(one->info().total, total);
  ASSERT_EQ(one->charge(total - 512), GpuStatus::Success);
  EXPECT_EQ(other->charge(513), GpuStatus::OutOfMemory);
  EXPECT_EQ(other->info().free, 512u);
  EXPECT_EQ(other->charge(512), GpuStatus::Success);
  EXPECT_EQ(one->charge(1), GpuStatus::OutOfMemory);
  EXPECT_EQ(one->charge(~std::uint64_t{0}), GpuStatus::OutOfMemory);
  EXPECT_EQ(one->info().free, 0u);
  other->give_back(512);
  EXPECT_EQ(one->info().free, 512u);
  EXPECT_EQ(machine.driver.state().used(0), total - 512);
  EXPECT_EQ(machine.driver.state().used(1), 0u);
}

TEST_F(KernelLedger, AProcessIsShownWithItsMemoryAndGivesItBackWhenItEnds) {
  auto one = connect(calls);
  const auto other = connect(other_calls);
  ASSERT_EQ(one->charge(3 << 20), GpuStatus::Success);
  ASSERT_EQ(other->charge(512), GpuStatus::Success);
  auto shown = processes();
  ASSERT_EQ(shown.size(), 2u);
  EXPECT_EQ(shown[0].process, 100);
  EXPECT_EQ(shown[0].memory, 3u << 20);
  EXPECT_EQ(shown[1].process, 200);
  EXPECT_EQ(shown[1].memory, 512u);
  one.reset();
  EXPECT_EQ(other->info().free, total - 512);
  EXPECT_EQ(processes().size(), 1u);
}

TEST_F(KernelLedger, MoreProcessesThanOneAnswerHolds) {
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  constexpr unsigned kProcesses = 203;
  std::vector<std::unique_ptr<FakeCalls>> all_calls;
  std::vector<std::unique_ptr<Ledger>> all;
  for (unsigned number = 0; number < kProcesses; ++number) {
    all_calls.push_back(std::make_unique<FakeCalls>(machine, static_cast<pid_t>(1000 + number)));
    all_calls.back()->unmappable = true;
    all.push_back(connect(*all_calls.back()));
    ASSERT_NE(all.back(), nullptr);
    ASSERT_EQ(all.back()->charge(512 * number), GpuStatus::Success);
  }
  const auto shown = processes();
  ASSERT_EQ(shown.size(), kProcesses);
  for (unsigned number = 0; number < kProcesses; ++number) {
    EXPECT_EQ(shown[number].process, static_cast<pid_t>(1000 + number));
    EXPECT_EQ(shown[number].memory, 512 * number);
  }
}

TEST_F(KernelLedger, OthersSeeTheSameBytes) {
  const auto ledger = connect(calls);
  ASSERT_EQ(ledger->charge(1536), GpuStatus::Success);
  const auto device = Device::connect(other_calls, machine.devices[0], 0);
  const auto memory = device->memory();
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->total, total);
  EXPECT_EQ(memory->free, total - 1536);
  EXPECT_EQ(memory->free, ledger->info().free);
}

TEST_F(KernelLedger, EachDeviceHasItsOwn) {
  const auto first = connect(calls, 0), second = connect(calls, 1);
  ASSERT_EQ(first->charge(total), GpuStatus::Success);
  EXPECT_EQ(second->info().free, total);
  EXPECT_EQ(second->charge(total), GpuStatus::Success);
}

TEST_F(KernelLedger, NoDriverIsNoLedger) {
  for (const int error : {ENOENT, ENXIO, ENODEV, EPERM, EACCES, ENOSYS}) {
    calls.refused = error;
    EXPECT_EQ(connect(calls), nullptr) << error;
  }
  calls.refused = 0;
  EXPECT_EQ(Ledger::connect(calls, machine.devices[1], 7), nullptr) << "a device that the container has not";
  EXPECT_NE(connect(calls), nullptr);
}

TEST_F(KernelLedger, NothingIsLeftOpenWhereTheDriverIsNotOurs) {
  EXPECT_EQ(Ledger::connect(calls, machine.devices[1], 7), nullptr);
  ASSERT_FALSE(calls.descriptors.empty());
  for (const int descriptor : calls.descriptors) EXPECT_EQ(::fcntl(descriptor, F_GETFD), -1);
}

TEST_F(KernelLedger, CutOffCallsAreTriedAgain) {
  const auto ledger = connect(calls);
  calls.interruptions = 3;
  EXPECT_EQ(ledger->charge(512), GpuStatus::Success);
  EXPECT_EQ(machine.driver.state().used(0), 512u);
}

TEST_F(KernelLedger, TheBusyPageIsWhatTheDriverReads) {
  const auto ledger = connect(calls);
  gpu::BusyTime& time = ledger->busy_time();
  for (int second = 0; second < 4; ++second) {
    machine.driver.sample();
    machine.host.now += 1'000'000'000;
    time.total += 250'000'000;
  }
  FakeCalls reader(machine, 999);
  const auto device = Device::connect(reader, machine.devices[0], 0);
  EXPECT_EQ(device->utilisation(), 25u);
  time.since = machine.host.now;
  for (int second = 0; second < 8; ++second) {
    machine.host.now += 1'000'000'000;
    machine.driver.sample();
  }
  EXPECT_EQ(device->utilisation(), 100u);
}

TEST_F(KernelLedger, WorksWithoutThePage) {
  calls.unmappable = true;
  const auto ledger = connect(calls);
  ASSERT_NE(ledger, nullptr);
  ledger->busy_time().total = 5;
  EXPECT_EQ(ledger->charge(512), GpuStatus::Success);
}

TEST_F(KernelLedger, ConnectsOnceMoreWhenItsDescriptorsWereClosed) {
  const auto ledger = connect(calls);
  ASSERT_EQ(ledger->charge(4096), GpuStatus::Success);
  ledger->busy_time().total = 77;
  std::vector<int> taken;
  for (const int descriptor : calls.descriptors) {
    ::close(descriptor);
    taken.push_back(::open("/dev/null", O_RDWR | O_CLOEXEC));  // the application's, by the same number
  }
  ASSERT_EQ(ledger->charge(512), GpuStatus::Success);
  EXPECT_EQ(machine.driver.state().used(0), 4608u);
  EXPECT_EQ(ledger->busy_time().total, 77u);
  for (const int descriptor : taken) EXPECT_EQ(::close(descriptor), 0) << "the application's is still open";
}

TEST_F(KernelLedger, CountsForItselfWhereTheDriverIsGone) {
  const auto ledger = connect(calls);
  ASSERT_EQ(ledger->charge(4096), GpuStatus::Success);
  for (const int descriptor : calls.descriptors) ::close(descriptor);
  calls.refused = ENOSYS;
  EXPECT_EQ(ledger->charge(total - 4096), GpuStatus::Success);
  EXPECT_EQ(ledger->charge(1), GpuStatus::OutOfMemory);
  EXPECT_EQ(ledger->info().free, 0u);
  ledger->give_back(total);
  EXPECT_EQ(ledger->info().free, total);
}

TEST_F(KernelLedger, AChildStartsWithNothing) {
  const auto ledger = connect(calls);
  gpu::MemoryCharge inherited;
  ASSERT_EQ(gpu::MemoryCharge::take(*ledger, 4096, inherited), GpuStatus::Success);
  ledger->busy_time().since = 5;
  const auto descriptors = calls.descriptors;
  const pid_t child = ::fork();
  if (child == 0) {
    // 1: a descriptor of the parent's is open; 2: its page is; 3: its memory was given back; 4: own memory.
    for (const int descriptor : descriptors) {
      if (::fcntl(descriptor, F_GETFD) != -1) ::_exit(1);
    }
    ledger->busy_time().total = 1'000'000;
    if (ledger->busy_time().since != 0) ::_exit(2);
    inherited = {};
    if (ledger->charge(512) != GpuStatus::Success || ledger->info().total != total) ::_exit(3);
    ledger->give_back(512);
    ::_exit(ledger->process() == 1 ? 0 : 4);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(ledger->process(), 0u);
  EXPECT_EQ(ledger->busy_time().total, 0u);
  EXPECT_EQ(ledger->info().free, total - 4096);
  inherited = {};
  EXPECT_EQ(ledger->info().free, total);
}

}  // namespace
}  // namespace vgpu::kernel
