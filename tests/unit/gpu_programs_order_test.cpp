#include <unistd.h>

#include "tests/unit/gpu_programs.h"

// Kernels one after the other: streams, events and graphs.
namespace vgpu::programs {
namespace {

constexpr unsigned kCount = 3000;

// value = value * factor + more: what comes out depends on the order.
const std::string kStep = std::string(R"(
.visible .entry k(.param .u64 values, .param .u32 count, .param .u32 factor, .param .u32 more)
{
  .reg .pred %p<2>;
  .reg .b32 %r<9>;
  .reg .b64 %rd<4>;
)") + kGlobalIndex + R"(
  ld.param.u32 %r4, [count];
  setp.ge.u32 %p1, %r1, %r4;
  @%p1 ret;
  ld.param.u64 %rd1, [values];
  ld.param.u32 %r5, [factor];
  ld.param.u32 %r6, [more];
  mul.wide.u32 %rd2, %r1, 4;
  add.s64 %rd3, %rd1, %rd2;
  ld.global.u32 %r7, [%rd3];
  mad.lo.u32 %r8, %r7, %r5, %r6;
  st.global.u32 [%rd3], %r8;
  ret;
}
)";

class OrderTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    step_ = compile(kStep);
    values_ = copy_in(std::vector<std::uint32_t>(kCount, 1));
    for (CUstream& stream : streams_) ASSERT_EQ(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
    for (CUevent& event : events_) ASSERT_EQ(cuEventCreate(&event, CU_EVENT_DISABLE_TIMING), CUDA_SUCCESS);
  }
  // One step in the stream, and the same here.
  void step(CUstream stream, std::uint32_t factor, std::uint32_t more) {
    ASSERT_EQ(launch_in(stream, step_, {30, 1, 1}, {100, 1, 1}, 0, values_, kCount, factor, more), CUDA_SUCCESS);
    expected_ = expected_ * factor + more;
  }
  // From now on, `second` goes on where `first` is.
  static void order(CUstream first, CUevent event, CUstream second) {
    ASSERT_EQ(cuEventRecord(event, first), CUDA_SUCCESS);
    ASSERT_EQ(cuStreamWaitEvent(second, event, 0), CUDA_SUCCESS);
  }
  void expect_values() {
    ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
    EXPECT_EQ(copy_out<std::uint32_t>(values_, kCount), std::vector<std::uint32_t>(kCount, expected_));
  }

  CUfunction step_ = nullptr;
  CUdeviceptr values_ = 0;
  CUstream streams_[2] = {};
  CUevent events_[2] = {};
  std::uint32_t expected_ = 1;
};

TEST_F(OrderTest, KernelsOfOneStream) {
  for (std::uint32_t i = 0; i < 100; ++i) step(streams_[0], i % 7 + 2, i);
  expect_values();
}

TEST_F(OrderTest, EventsBetweenStreams) {
  ASSERT_EQ(cuLaunchHostFunc(streams_[0], [](void*) { ::usleep(2000); }, nullptr), CUDA_SUCCESS);
  for (std::uint32_t i = 0; i < 50; ++i) {
    step(streams_[0], 3, i);
    order(streams_[0], events_[0], streams_[1]);
    step(streams_[1], 5, i);
    order(streams_[1], events_[1], streams_[0]);
  }
  expect_values();
}

TEST_F(OrderTest, GraphOfTwoStreamsReplayed) {
  constexpr int kReplays = 20;
  CUgraph graph = nullptr;
  CUgraphExec executable = nullptr;
  ASSERT_EQ(cuStreamBeginCapture_v2(streams_[0], CU_STREAM_CAPTURE_MODE_RELAXED), CUDA_SUCCESS);
  step(streams_[0], 3, 1);
  order(streams_[0], events_[0], streams_[1]);
  step(streams_[1], 5, 2);
  order(streams_[1], events_[1], streams_[0]);
  step(streams_[0], 7, 3);
  ASSERT_EQ(cuStreamEndCapture(streams_[0], &graph), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphInstantiateWithFlags(&executable, graph, 0), CUDA_SUCCESS);
  expected_ = 1;
  expect_values();
  for (int replay = 0; replay < kReplays; ++replay) {
    ASSERT_EQ(cuGraphLaunch(executable, streams_[0]), CUDA_SUCCESS);
    expected_ = ((expected_ * 3 + 1) * 5 + 2) * 7 + 3;
  }
  expect_values();
}

}  // namespace
}  // namespace vgpu::programs
