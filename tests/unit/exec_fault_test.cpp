#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "gpu/exec/fault.h"
#include "gpu/exec/parallel.h"
#include "tests/unit/exec_fixture.h"

namespace vgpu::exec::test {
namespace {

using gpu::Status;

// Bad accesses on purpose: sanitizers must leave them to the fault handler.
#define VGPU_TEST_FAULTS __attribute__((no_sanitize("address", "undefined")))

// The address is read at run time: compilers see through a constant one.
VGPU_TEST_FAULTS void write_to_page_zero() {
  static volatile std::uintptr_t address = 16;
  *reinterpret_cast<volatile int*>(address) = 1;
}

class ExecFault : public testing::Test {
 protected:
  ~ExecFault() override { backend.wait_all(); }
  Status run(gpu::Work work) {
    backend.enqueue(*stream, std::move(work));
    backend.wait(*stream);
    return backend.status();
  }
  // A kernel that works shows that workers and fibers survived the fault.
  void expect_recovery() {
    backend.reset();
    ASSERT_EQ(backend.status(), Status::Success);
    static std::atomic<std::uint32_t> ran;
    ran = 0;
    NativeKernel good("good", {.function = [](WarpContext* context) {
                        context->services->barrier_sync(context, 0, 0, context->live);
                        ++ran;
                      }});
    EXPECT_EQ(run(launch(good, {500, 1, 1}, {96, 1, 1}, 0)), Status::Success);
    EXPECT_EQ(ran, 1500u);
  }
  CpuBackend backend{small_device()};
  std::shared_ptr<gpu::StreamObject> stream = backend.create_stream(0);
};

struct Target {
  volatile std::uint32_t* address;
};

// The last warp of the middle block faults while others of its block wait at a barrier.
VGPU_TEST_FAULTS void write_to_target(WarpContext* context) {
  if (context->block_index[0] == context->grid_size[0] / 2 && context->warp == 2) {
    *parameters_of<Target>(context).address = 1;
  }
  context->services->barrier_sync(context, 0, 0, context->live);
}

TEST_F(ExecFault, NullPointerIsAnIllegalAddress) {
  NativeKernel kernel("null", {.function = write_to_target});
  EXPECT_EQ(run(launch(kernel, {100, 1, 1}, {96, 1, 1}, Target{nullptr})), Status::IllegalAddress);
  expect_recovery();
}

TEST_F(ExecFault, FarOutOfBoundsMeetsTheGuardPage) {
  std::uint64_t address = 0;
  ASSERT_EQ(backend.allocate(1u << 20, gpu::MemoryKind::Device, address), Status::Success);
  NativeKernel kernel("out_of_bounds", {.function = write_to_target});
  const auto inside = reinterpret_cast<volatile std::uint32_t*>(address + (1u << 20) - 4);
  EXPECT_EQ(run(launch(kernel, {3, 1, 1}, {96, 1, 1}, Target{inside})), Status::Success);
  const auto outside = reinterpret_cast<volatile std::uint32_t*>(address + (1u << 20) + 4096);
  EXPECT_EQ(run(launch(kernel, {3, 1, 1}, {96, 1, 1}, Target{outside})), Status::IllegalAddress);
  expect_recovery();
}

TEST_F(ExecFault, NonCanonicalAddressIsAnIllegalAddress) {
  NativeKernel kernel("wild", {.function = write_to_target});
  const auto wild = reinterpret_cast<volatile std::uint32_t*>(0xDEAD'0000'0000'0000u);
  EXPECT_EQ(run(launch(kernel, {3, 1, 1}, {96, 1, 1}, Target{wild})), Status::IllegalAddress);
  expect_recovery();
}

struct Kind {
  FaultKind kind;
};

TEST_F(ExecFault, FaultServiceMapsKinds) {
  NativeKernel kernel("fault", {.function = [](WarpContext* context) {
                        context->services->fault(context, parameters_of<Kind>(context).kind);
                      }});
  const std::pair<FaultKind, Status> expected[] = {{FaultKind::IllegalAddress, Status::IllegalAddress},
                                                   {FaultKind::MisalignedAddress, Status::MisalignedAddress},
                                                   {FaultKind::Trap, Status::LaunchFailed},
                                                   {FaultKind::Assert, Status::Assert},
                                                   {FaultKind::IllegalInstruction, Status::IllegalInstruction}};
  for (const auto& [kind, status] : expected) {
    EXPECT_EQ(run(launch(kernel, {64, 1, 1}, {64, 1, 1}, Kind{kind})), status);
    backend.reset();
  }
  expect_recovery();
}

TEST_F(ExecFault, IllegalInstructionSignal) {
  NativeKernel kernel("ud2", {.function = [](WarpContext*) { __asm__ volatile("ud2"); }});
  EXPECT_EQ(run(launch(kernel, {1, 1, 1}, {32, 1, 1}, 0)), Status::IllegalInstruction);
  expect_recovery();
}

__attribute__((noinline)) std::uint64_t recurse(std::uint64_t depth) {
  volatile char frame[512];
  frame[0] = static_cast<char>(depth);
  return depth == 0 ? 0 : recurse(depth - 1) + static_cast<std::uint64_t>(frame[0]);
}

TEST_F(ExecFault, StackOverflowOfAWarp) {
  NativeKernel kernel("deep", {.function = [](WarpContext* context) {
                        static std::atomic<std::uint64_t> sink;
                        sink = recurse(1u << 20) + context->warp;
                      }});
  EXPECT_EQ(run(launch(kernel, {1, 1, 1}, {32, 1, 1}, 0)), Status::HardwareStackError);
  expect_recovery();
}

TEST_F(ExecFault, BarrierThatNobodyReaches) {
  NativeKernel kernel("deadlock", {.function = [](WarpContext* context) {
                        if (context->warp == 0) context->services->barrier_sync(context, 1, 64, context->live);
                        if (context->warp == 1) context->services->barrier_sync(context, 2, 64, context->live);
                      }});
  EXPECT_EQ(run(launch(kernel, {1, 1, 1}, {64, 1, 1}, 0)), Status::LaunchTimeout);
  expect_recovery();
}

TEST_F(ExecFault, FaultEndsSpinningBlocks) {
  NativeKernel kernel("spin", {.function = [](WarpContext* context) {
                        if (context->block_index[0] == 0) context->services->fault(context, FaultKind::Trap);
                        for (;;) context->services->yield(context);
                      }});
  EXPECT_EQ(run(launch(kernel, {8, 1, 1}, {32, 1, 1}, 0)), Status::LaunchFailed);
  expect_recovery();
}

TEST_F(ExecFault, TasksAndCopiesFaultLikeKernels) {
  EXPECT_EQ(run(gpu::TaskWork{"gemm", [] { write_to_page_zero(); }}), Status::IllegalAddress);
  backend.reset();
  std::vector<char> host(16);
  EXPECT_EQ(run(gpu::CopyWork{.destination = reinterpret_cast<std::uint64_t>(host.data()), .source = 64, .width = 16}),
            Status::IllegalAddress);
  backend.reset();
  EXPECT_EQ(run(gpu::FillWork{.destination = 64, .value = 1, .element_size = 4, .count = 16}), Status::IllegalAddress);
  backend.reset();
  EXPECT_EQ(run(gpu::TaskWork{"throws", [] { throw std::runtime_error("no"); }}), Status::LaunchFailed);
  expect_recovery();
}

TEST_F(ExecFault, FaultOnAHelpingThreadIsTheTasks) {
  const auto body = [](void* argument, std::uint64_t index) {
    ++*static_cast<std::atomic<int>*>(argument);
    if (index == 700) write_to_page_zero();
  };
  std::atomic<int> calls{0};
  EXPECT_EQ(run(gpu::TaskWork{"parallel", [&] { parallel_for(700, body, &calls); }}), Status::Success);
  EXPECT_EQ(calls, 700);
  EXPECT_EQ(run(gpu::TaskWork{"parallel", [&] { parallel_for(2000, body, &calls); }}), Status::IllegalAddress);
  expect_recovery();
}

TEST_F(ExecFault, EmptyShapesAreRefused) {
  NativeKernel kernel("nothing", {.function = [](WarpContext*) {}});
  EXPECT_EQ(backend.enqueue(*stream, launch(kernel, {0, 1, 1}, {32, 1, 1}, 0)), Status::InvalidValue);
  EXPECT_EQ(backend.enqueue(*stream, launch(kernel, {1, 1, 1}, {32, 0, 1}, 0)), Status::InvalidValue);
  EXPECT_EQ(backend.status(), Status::Success);
}

// Threads do not exist in a forked child: calls answer instead of hanging, and the parent goes on.
TEST_F(ExecFault, ForkedChildIsToldThatThereIsNoDevice) {
  ASSERT_EQ(run(gpu::TaskWork{"start threads", [] {}}), Status::Success);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(10);
    std::uint64_t address = 0;
    const bool refused = backend.enqueue(*stream, gpu::TaskWork{"", [] {}}) == Status::NotInitialized &&
                         backend.allocate(512, gpu::MemoryKind::Device, address) == Status::NotInitialized;
    backend.wait(*stream);
    backend.wait_all();
    ::_exit(refused ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  expect_recovery();
}

TEST_F(ExecFault, FirstFaultSticksAndLaterWorkIsSkipped) {
  NativeKernel trap("trap",
                    {.function = [](WarpContext* context) { context->services->fault(context, FaultKind::Trap); }});
  ASSERT_EQ(run(launch(trap, {1, 1, 1}, {32, 1, 1}, 0)), Status::LaunchFailed);
  const auto other = backend.create_stream(0);
  const auto event = backend.create_event();
  std::atomic<bool> ran{false};
  backend.enqueue(*other, gpu::TaskWork{"later", [&] { ran = true; }});
  backend.enqueue(*other, gpu::TaskWork{"fault", [] { write_to_page_zero(); }});
  backend.enqueue(*other, gpu::RecordWork{event});
  backend.enqueue(*stream, gpu::WaitWork{event});
  backend.wait(*event);
  backend.wait_all();
  EXPECT_FALSE(ran);
  EXPECT_EQ(backend.status(), Status::LaunchFailed);
  expect_recovery();
}

TEST_F(ExecFault, ResetFreesMemory) {
  std::uint64_t address = 0;
  ASSERT_EQ(backend.allocate(1u << 20, gpu::MemoryKind::Device, address), Status::Success);
  backend.reset();
  EXPECT_EQ(backend.memory_info().free, kTotalMemory);
  EXPECT_FALSE(backend.find_allocation(address).has_value());
}

// A fault of the application's own code is the application's: it dies as it would have without us.
TEST(ExecFaultDeathTest, FaultsOfTheApplicationAreNotOurs) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        FaultScope scope;
        scope.run([] {});
        write_to_page_zero();
      },
      "");
}

TEST(ExecFaultDeathTest, TheApplicationsHandlerIsCalledForItsFaults) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        struct sigaction action{};
        action.sa_handler = [](int) { ::_exit(17); };
        ::sigaction(SIGSEGV, &action, nullptr);
        FaultScope scope;
        scope.run([] {});
        write_to_page_zero();
      },
      testing::ExitedWithCode(17), "");
}

}  // namespace
}  // namespace vgpu::exec::test
