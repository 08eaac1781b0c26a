#include <gtest/gtest.h>

#include <thread>

#include "exec_fixture.h"
#include "gpu/exec/busy_clock.h"
#include "gpu/exec/futex.h"
#include "gpu/exec/process_ledger.h"

namespace vgpu::exec {
namespace {

using namespace std::chrono_literals;

struct BusyLedger final : gpu::DeviceLedger {
  explicit BusyLedger(gpu::BusyTime& where) : time(where) {}
  gpu::Status charge(std::uint64_t) override { return gpu::Status::Success; }
  void give_back(std::uint64_t) override {}
  gpu::MemoryInfo info() override { return {}; }
  [[nodiscard]] unsigned process() const override { return 0; }
  gpu::BusyTime& busy_time() override { return time; }
  gpu::BusyTime& time;
};

class ExecBusy : public ::testing::Test {
 protected:
  static gpu::Work sleep(std::chrono::milliseconds duration) {
    return gpu::TaskWork{"sleep", [duration] { std::this_thread::sleep_for(duration); }};
  }

  gpu::BusyTime time;
  CpuBackend backend{test::small_device(), std::make_unique<BusyLedger>(time)};
};

TEST_F(ExecBusy, CountsTheTimeThatWorkRuns) {
  const auto stream = backend.create_stream(0);
  EXPECT_EQ(time.total, 0u);
  const std::uint64_t before = monotonic_nanoseconds();
  ASSERT_EQ(backend.enqueue(*stream, sleep(30ms)), gpu::Status::Success);
  std::this_thread::sleep_for(10ms);
  const std::uint64_t since = time.since;
  EXPECT_GE(since, before) << "while it runs";
  EXPECT_LE(since, monotonic_nanoseconds());
  backend.wait_all();
  EXPECT_EQ(time.since, 0u);
  const std::uint64_t first = time.total;
  EXPECT_GE(first, 30'000'000u);
  EXPECT_LE(first, monotonic_nanoseconds() - before);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(time.total, first) << "idle";
  ASSERT_EQ(backend.enqueue(*stream, sleep(10ms)), gpu::Status::Success);
  backend.wait_all();
  EXPECT_GE(time.total, first + 10'000'000u);
  EXPECT_LE(time.total, monotonic_nanoseconds() - before - 20'000'000u);
}

TEST_F(ExecBusy, StreamsThatRunTogetherCountOnce) {
  const auto one = backend.create_stream(0), other = backend.create_stream(0);
  const std::uint64_t before = monotonic_nanoseconds();
  backend.enqueue(*one, sleep(40ms));
  backend.enqueue(*other, sleep(40ms));
  backend.wait_all();
  EXPECT_GE(time.total, 40'000'000u);
  EXPECT_LE(time.total, monotonic_nanoseconds() - before);
}

TEST_F(ExecBusy, TheApplicationsOwnFunctionsAndWaitingAreIdle) {
  const auto one = backend.create_stream(0), other = backend.create_stream(0);
  const auto event = backend.create_event();
  backend.enqueue(*one, gpu::HostWork{[] { std::this_thread::sleep_for(30ms); }});
  backend.enqueue(*one, gpu::RecordWork{event});
  backend.enqueue(*other, sleep(1ms));
  backend.enqueue(*other, gpu::WaitWork{event});
  backend.enqueue(*other, sleep(1ms));
  backend.wait_all();
  EXPECT_GE(time.total, 2'000'000u);
  EXPECT_LT(time.total, 25'000'000u);
}

}  // namespace
}  // namespace vgpu::exec
