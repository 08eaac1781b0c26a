#include <atomic>

#include "tests/unit/graph_fixture.h"

// Streams that wait for values in memory and write them, and events of a whole context.
namespace vgpu::cuda {
namespace {

class StreamMemoryTest : public GraphTest {
 protected:
  void SetUp() override {
    GraphTest::SetUp();
    void* pointer = nullptr;
    ASSERT_EQ(cuMemHostAlloc(&pointer, 64, 0), CUDA_SUCCESS);
    host_ = static_cast<std::uint64_t*>(pointer);
    *host_ = 0;
    flag_ = reinterpret_cast<CUdeviceptr>(pointer);
    memory_ = allocate({0});
    ASSERT_EQ(cuStreamCreate(&other_, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  }
  // Queues a wait with `add(stream)` and a memset behind it; true when the memset waits for what `release` does.
  template <class Add, class Release>
  bool holds_until(const Add& add, const Release& release) {
    EXPECT_EQ(cuMemsetD32Async(memory_, 0, 1, stream_), CUDA_SUCCESS);
    EXPECT_EQ(add(stream_), CUDA_SUCCESS);
    EXPECT_EQ(cuMemsetD32Async(memory_, 1, 1, stream_), CUDA_SUCCESS);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const bool held = cuStreamQuery(stream_) == CUDA_ERROR_NOT_READY;
    release();
    EXPECT_TRUE(comes_true([&] { return cuStreamQuery(stream_) == CUDA_SUCCESS; }));
    return held && word(memory_) == 1;
  }
  void write_host(std::uint64_t value) { std::atomic_ref(*host_).store(value); }

  std::uint64_t* host_ = nullptr;
  CUdeviceptr flag_ = 0, memory_ = 0;
  CUstream other_ = nullptr;
};

TEST_F(StreamMemoryTest, WaitsForTheHost) {
  const auto wait = [&](unsigned value, unsigned flags) {
    return [=, this](CUstream stream) { return cuStreamWaitValue32_v2(stream, flag_, value, flags); };
  };
  EXPECT_TRUE(holds_until(wait(5, CU_STREAM_WAIT_VALUE_GEQ), [&] { write_host(6); }));
  EXPECT_TRUE(holds_until(wait(5, CU_STREAM_WAIT_VALUE_EQ), [&] { write_host(5); }));
  EXPECT_TRUE(holds_until(wait(8, CU_STREAM_WAIT_VALUE_AND), [&] { write_host(12); }));
  write_host(0xffffffff);
  EXPECT_TRUE(holds_until(wait(0, CU_STREAM_WAIT_VALUE_NOR), [&] { write_host(1); }));
  write_host(0xfffffffe);
  EXPECT_TRUE(holds_until(wait(1, CU_STREAM_WAIT_VALUE_GEQ), [&] { write_host(2); })) << "-2 is before 1";
}

TEST_F(StreamMemoryTest, WaitsForOtherStreams) {
  constexpr std::uint64_t kWide = std::uint64_t{3} << 40;
  EXPECT_TRUE(holds_until([&](CUstream stream) { return cuStreamWaitValue64_v2(stream, flag_, kWide, 0); },
                          [&] { EXPECT_EQ(cuStreamWriteValue64_v2(other_, flag_, kWide, 0), CUDA_SUCCESS); }));
  EXPECT_EQ(*host_, kWide);
  ASSERT_EQ(cuStreamWriteValue32(other_, flag_, 4, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamSynchronize(other_), CUDA_SUCCESS);
  EXPECT_EQ(*host_, kWide | 4) << "the lower half alone";
}

TEST_F(StreamMemoryTest, WritesInOrder) {
  ASSERT_EQ(cuMemsetD32Async(memory_, 7, 1, stream_), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamWriteValue32_v2(stream_, memory_, 8, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamWriteValue32_v2_ptsz(stream_, flag_, 9, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamSynchronize(stream_), CUDA_SUCCESS);
  EXPECT_EQ(word(memory_), 8U);
  EXPECT_EQ(*host_, 9U);
}

TEST_F(StreamMemoryTest, TakesBatches) {
  CUstreamBatchMemOpParams operations[3] = {};
  operations[0].value = {CU_STREAM_MEM_OP_WAIT_VALUE_32, flag_, 1, CU_STREAM_WAIT_VALUE_EQ, 0};
  operations[1].barrier = {CU_STREAM_MEM_OP_BARRIER, 0};
  operations[2].value = {CU_STREAM_MEM_OP_WRITE_VALUE_64, flag_ + 8, 77, 0, 0};
  host_[1] = 0;
  EXPECT_TRUE(holds_until([&](CUstream stream) { return cuStreamBatchMemOp_v2(stream, 3, operations, 0); },
                          [&] {
                            EXPECT_EQ(host_[1], 0U);
                            write_host(1);
                          }));
  EXPECT_EQ(host_[1], 77U);
  EXPECT_EQ(cuStreamBatchMemOp_v2(stream_, 0, operations, 0), CUDA_ERROR_INVALID_VALUE);
  operations[0].operation = 99;
  EXPECT_EQ(cuStreamBatchMemOp_v2(stream_, 1, operations, 0), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(StreamMemoryTest, RefusesWhatCannotBe) {
  EXPECT_EQ(cuStreamWaitValue32_v2(stream_, flag_ + 2, 0, 0), CUDA_ERROR_INVALID_VALUE) << "not aligned";
  EXPECT_EQ(cuStreamWriteValue32_v2(stream_, 64, 0, 0), CUDA_ERROR_INVALID_VALUE) << "no memory";
  EXPECT_EQ(cuStreamWaitValue32_v2(stream_, flag_, 0, 7), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuStreamWaitValue32_v2(stream_, flag_, 0, CU_STREAM_WAIT_VALUE_FLUSH), CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(cuStreamWriteValue32_v2(reinterpret_cast<CUstream>(0x1234), flag_, 0, 0), CUDA_ERROR_INVALID_HANDLE);
  int supported = 0;
  for (const int attribute : {92, 93, 94, 122, 123}) {
    ASSERT_EQ(cuDeviceGetAttribute(&supported, attribute, 0), CUDA_SUCCESS);
    EXPECT_EQ(supported, 1) << attribute;
  }
}

TEST_F(StreamMemoryTest, NodesWaitAndWrite) {
  CUstreamBatchMemOpParams wait{}, write{};
  wait.value = {CU_STREAM_MEM_OP_WAIT_VALUE_32, flag_, 3, CU_STREAM_WAIT_VALUE_EQ, 0};
  write.value = {CU_STREAM_MEM_OP_WRITE_VALUE_32, flag_, 3, 0, 0};
  CUDA_BATCH_MEM_OP_NODE_PARAMS waits{.context = context_, .count = 1, .operations = &wait, .flags = 0};
  CUDA_BATCH_MEM_OP_NODE_PARAMS writes{.context = context_, .count = 1, .operations = &write, .flags = 0};
  CUgraphNode waiting = nullptr, writing = nullptr;
  ASSERT_EQ(cuGraphAddBatchMemOpNode(&waiting, graph_, nullptr, 0, &waits), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphAddBatchMemOpNode(&writing, graph_, nullptr, 0, &writes), CUDA_SUCCESS);
  add_fill(memory_, 5, {waiting});
  const CUgraphExec executable = instantiate(graph_);
  launch(executable);
  EXPECT_EQ(word(memory_), 5U);
  write.value.value = 4;
  ASSERT_EQ(cuGraphExecBatchMemOpNodeSetParams(executable, writing, &writes), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphExecBatchMemOpNodeSetParams(executable, writing, &waits), CUDA_ERROR_INVALID_VALUE);
  CUDA_BATCH_MEM_OP_NODE_PARAMS told{};
  ASSERT_EQ(cuGraphBatchMemOpNodeGetParams(waiting, &told), CUDA_SUCCESS);
  ASSERT_EQ(told.count, 1U);
  EXPECT_EQ(told.operations[0].value.value, 3U);
  write_host(0);
  ASSERT_EQ(cuGraphLaunch(executable, stream_), CUDA_SUCCESS);
  EXPECT_TRUE(comes_true([&] { return std::atomic_ref(*host_).load() == 4; }));
  EXPECT_EQ(cuStreamQuery(stream_), CUDA_ERROR_NOT_READY);
  write_host(3);
  EXPECT_EQ(cuStreamSynchronize(stream_), CUDA_SUCCESS);
}

TEST_F(StreamMemoryTest, BranchesOfAGraphWaitForEachOther) {
  const CUdeviceptr answer = flag_ + 8;
  host_[1] = 0;
  const auto add = [&](int kind, CUdeviceptr address, const std::vector<CUgraphNode>& after) {
    CUstreamBatchMemOpParams operation{};
    operation.value = {kind, address, 1, kind == CU_STREAM_MEM_OP_WAIT_VALUE_32 ? CU_STREAM_WAIT_VALUE_EQ : 0, 0};
    const CUDA_BATCH_MEM_OP_NODE_PARAMS parameters{
        .context = context_, .count = 1, .operations = &operation, .flags = 0};
    CUgraphNode node = nullptr;
    EXPECT_EQ(cuGraphAddBatchMemOpNode(&node, graph_, after.data(), after.size(), &parameters), CUDA_SUCCESS);
    return node;
  };
  const CUgraphNode ask = add(CU_STREAM_MEM_OP_WRITE_VALUE_32, flag_, {});
  const CUgraphNode answered = add(CU_STREAM_MEM_OP_WAIT_VALUE_32, answer, {ask});
  const CUgraphNode asked = add(CU_STREAM_MEM_OP_WAIT_VALUE_32, flag_, {});
  add(CU_STREAM_MEM_OP_WRITE_VALUE_32, answer, {asked});
  const CUgraphNode fill = add_fill(memory_, 4, {answered});
  add_fill(memory_, 5, {fill});
  const CUgraphExec executable = instantiate(graph_);
  ASSERT_EQ(cuGraphLaunch(executable, stream_), CUDA_SUCCESS);
  EXPECT_TRUE(comes_true([&] { return cuStreamQuery(stream_) == CUDA_SUCCESS; }));
  EXPECT_EQ(word(memory_), 5U);
}

TEST_F(StreamMemoryTest, CapturedOperationsBecomeNodes) {
  ASSERT_EQ(cuStreamBeginCapture_v2(stream_, CU_STREAM_CAPTURE_MODE_GLOBAL), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamWriteValue32_v2(stream_, flag_, 21, 0), CUDA_SUCCESS);
  CUgraph captured = nullptr;
  ASSERT_EQ(cuStreamEndCapture(stream_, &captured), CUDA_SUCCESS);
  EXPECT_EQ(*host_, 0U);
  CUgraphNode node = nullptr;
  std::size_t count = 1;
  ASSERT_EQ(cuGraphGetNodes(captured, &node, &count), CUDA_SUCCESS);
  CUgraphNodeType type = -1;
  ASSERT_EQ(cuGraphNodeGetType(node, &type), CUDA_SUCCESS);
  EXPECT_EQ(type, CU_GRAPH_NODE_TYPE_BATCH_MEM_OP);
  launch(instantiate(captured));
  EXPECT_EQ(*host_, 21U);
}

TEST_F(StreamMemoryTest, LaunchesOfOneExecutableFollowEachOther) {
  CUstreamBatchMemOpParams wait{};
  wait.value = {CU_STREAM_MEM_OP_WAIT_VALUE_32, flag_, 1, CU_STREAM_WAIT_VALUE_EQ, 0};
  const CUDA_BATCH_MEM_OP_NODE_PARAMS waits{.context = context_, .count = 1, .operations = &wait, .flags = 0};
  CUgraphNode waiting = nullptr;
  ASSERT_EQ(cuGraphAddBatchMemOpNode(&waiting, graph_, nullptr, 0, &waits), CUDA_SUCCESS);
  const CUgraphNode fill = add_fill(memory_, 5, {waiting});
  const CUgraphExec executable = instantiate(graph_);
  ASSERT_EQ(cuGraphLaunch(executable, stream_), CUDA_SUCCESS);
  CUgraphNodeParams at_once{};
  at_once.type = CU_GRAPH_NODE_TYPE_BATCH_MEM_OP;
  CUstreamBatchMemOpParams reached = wait;
  reached.value.flags = CU_STREAM_WAIT_VALUE_GEQ;
  reached.value.value = 0;
  at_once.operations = {.context = context_, .count = 1, .operations = &reached, .flags = 0};
  ASSERT_EQ(cuGraphExecNodeSetParams(executable, waiting, &at_once), CUDA_SUCCESS);
  const auto next = fill_of(memory_, 6);
  ASSERT_EQ(cuGraphExecMemsetNodeSetParams(executable, fill, &next, context_), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphLaunch(executable, other_), CUDA_SUCCESS);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(cuStreamQuery(other_), CUDA_ERROR_NOT_READY);
  write_host(1);
  ASSERT_EQ(cuStreamSynchronize(other_), CUDA_SUCCESS);
  EXPECT_EQ(word(memory_), 6U);
}

TEST_F(StreamMemoryTest, EventsOfAContextCoverAllStreams) {
  CUevent event = nullptr;
  ASSERT_EQ(cuEventCreate(&event, CU_EVENT_DISABLE_TIMING), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamWaitValue32_v2(other_, flag_, 1, CU_STREAM_WAIT_VALUE_EQ), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxRecordEvent(context_, event), CUDA_SUCCESS);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(cuEventQuery(event), CUDA_ERROR_NOT_READY);
  ASSERT_EQ(cuCtxWaitEvent(context_, event), CUDA_SUCCESS);
  CUstream later = nullptr;
  ASSERT_EQ(cuStreamCreate(&later, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  for (const CUstream stream : {stream_, later}) {
    ASSERT_EQ(cuStreamWriteValue32_v2(stream, flag_ + 8, 1, 0), CUDA_SUCCESS);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(cuStreamQuery(stream), CUDA_ERROR_NOT_READY);
  }
  write_host(1);
  EXPECT_EQ(cuEventSynchronize(event), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamSynchronize(later), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamBeginCapture_v2(stream_, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxRecordEvent(context_, event), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  CUgraph graph = nullptr;
  EXPECT_EQ(cuStreamEndCapture(stream_, &graph), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  EXPECT_EQ(cuCtxWaitEvent(context_, nullptr), CUDA_ERROR_INVALID_HANDLE);
}

}  // namespace
}  // namespace vgpu::cuda
