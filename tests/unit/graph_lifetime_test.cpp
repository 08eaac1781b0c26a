#include <atomic>

#include "tests/unit/graph_fixture.h"

// User objects, and memory that graphs allocate.
namespace vgpu::cuda {
namespace {

void raise(void* counter) {
  static_cast<std::atomic<int>*>(counter)->fetch_add(1);
}

void wait_for(void* flag) {
  comes_true([&] { return static_cast<std::atomic<int>*>(flag)->load() != 0; });
}

class UserObjectTest : public GraphTest {
 protected:
  void SetUp() override {
    GraphTest::SetUp();
    ASSERT_EQ(cuUserObjectCreate(&object_, &destroyed_, raise, 1, CU_USER_OBJECT_NO_DESTRUCTOR_SYNC), CUDA_SUCCESS);
  }
  CUuserObject object_ = nullptr;
  std::atomic<int> destroyed_{0};
};

TEST_F(UserObjectTest, EndsWithTheLastReference) {
  ASSERT_EQ(cuUserObjectRetain(object_, 2), CUDA_SUCCESS);
  ASSERT_EQ(cuUserObjectRelease(object_, 2), CUDA_SUCCESS);
  EXPECT_EQ(destroyed_, 0);
  EXPECT_EQ(cuUserObjectRelease(object_, 2), CUDA_ERROR_INVALID_VALUE) << "more than there are";
  EXPECT_EQ(cuUserObjectRetain(object_, 0), CUDA_ERROR_INVALID_VALUE);
  ASSERT_EQ(cuUserObjectRelease(object_, 1), CUDA_SUCCESS);
  EXPECT_EQ(destroyed_, 1);
  EXPECT_EQ(cuUserObjectRelease(object_, 1), CUDA_ERROR_INVALID_VALUE) << "no longer alive";
  CUuserObject other = nullptr;
  EXPECT_EQ(cuUserObjectCreate(&other, nullptr, raise, 1, 0), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuUserObjectCreate(&other, nullptr, raise, 0, 1), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(UserObjectTest, IsHeldByGraphsClonesAndExecutables) {
  ASSERT_EQ(cuGraphRetainUserObject(graph_, object_, 1, CU_GRAPH_USER_OBJECT_MOVE), CUDA_SUCCESS);
  CUgraph clone = nullptr;
  ASSERT_EQ(cuGraphClone(&clone, graph_), CUDA_SUCCESS);
  const CUgraphExec executable = instantiate(clone);
  ASSERT_EQ(cuGraphDestroy(graph_), CUDA_SUCCESS);
  EXPECT_EQ(destroyed_, 0);
  ASSERT_EQ(cuGraphDestroy(clone), CUDA_SUCCESS);
  EXPECT_EQ(destroyed_, 0);
  ASSERT_EQ(cuGraphExecDestroy(executable), CUDA_SUCCESS);
  EXPECT_EQ(destroyed_, 1);
}

TEST_F(UserObjectTest, IsHeldByLaunches) {
  std::atomic<int> go{0};
  const CUDA_HOST_NODE_PARAMS parameters{wait_for, &go};
  CUgraphNode node = nullptr;
  ASSERT_EQ(cuGraphAddHostNode(&node, graph_, nullptr, 0, &parameters), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphRetainUserObject(graph_, object_, 1, CU_GRAPH_USER_OBJECT_MOVE), CUDA_SUCCESS);
  const CUgraphExec executable = instantiate(graph_);
  ASSERT_EQ(cuGraphLaunch(executable, stream_), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphExecDestroy(executable), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphDestroy(graph_), CUDA_SUCCESS);
  EXPECT_EQ(destroyed_, 0);
  go = 1;
  ASSERT_EQ(cuStreamSynchronize(stream_), CUDA_SUCCESS);
  EXPECT_TRUE(comes_true([&] { return destroyed_ == 1; }));
}

TEST_F(UserObjectTest, IsGivenBackByGraphs) {
  ASSERT_EQ(cuGraphRetainUserObject(graph_, object_, 2, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphReleaseUserObject(graph_, object_, 3), CUDA_ERROR_INVALID_VALUE);
  ASSERT_EQ(cuGraphReleaseUserObject(graph_, object_, 2), CUDA_SUCCESS);
  EXPECT_EQ(destroyed_, 0) << "the program's own reference is left";
  ASSERT_EQ(cuUserObjectRelease(object_, 1), CUDA_SUCCESS);
  EXPECT_EQ(destroyed_, 1);
}

class GraphMemoryTest : public GraphTest {
 protected:
  CUdeviceptr add_allocation(std::size_t size, CUgraphNode& node, const std::vector<CUgraphNode>& after = {}) {
    CUDA_MEM_ALLOC_NODE_PARAMS parameters{};
    parameters.pool.allocation_type = 1;
    parameters.pool.location = {.type = 1, .id = 0};
    parameters.size = size;
    EXPECT_EQ(cuGraphAddMemAllocNode(&node, graph_, after.data(), after.size(), &parameters), CUDA_SUCCESS);
    return parameters.address;
  }
  static std::uint64_t amount(CUgraphMem_attribute attribute) {
    std::uint64_t value = 0;
    EXPECT_EQ(cuDeviceGetGraphMemAttribute(0, attribute, &value), CUDA_SUCCESS);
    return value;
  }
};

TEST_F(GraphMemoryTest, IsAllocatedAndFreedByNodes) {
  const CUdeviceptr result = allocate({0});
  const std::uint64_t reserved = amount(CU_GRAPH_MEM_ATTR_RESERVED_MEM_CURRENT);
  CUgraphNode allocation = nullptr, free = nullptr;
  const CUdeviceptr memory = add_allocation(1000, allocation);
  EXPECT_EQ(amount(CU_GRAPH_MEM_ATTR_RESERVED_MEM_CURRENT), reserved + 1024);
  const CUgraphNode fill = add_fill(memory, 6, {allocation});
  const auto copy = copy_of(result, memory, 1);
  CUgraphNode copied = nullptr;
  ASSERT_EQ(cuGraphAddMemcpyNode(&copied, graph_, &fill, 1, &copy, context_), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphAddMemFreeNode(&free, graph_, &copied, 1, memory), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphAddMemFreeNode(&free, graph_, &copied, 1, memory), CUDA_ERROR_INVALID_VALUE) << "twice";
  EXPECT_EQ(cuGraphAddMemFreeNode(&free, graph_, &copied, 1, result), CUDA_ERROR_INVALID_VALUE) << "no graph's";
  CUDA_MEM_ALLOC_NODE_PARAMS told{};
  ASSERT_EQ(cuGraphMemAllocNodeGetParams(allocation, &told), CUDA_SUCCESS);
  EXPECT_EQ(told.address, memory);
  EXPECT_EQ(told.size, 1000U);
  CUdeviceptr freed = 0;
  ASSERT_EQ(cuGraphMemFreeNodeGetParams(free, &freed), CUDA_SUCCESS);
  EXPECT_EQ(freed, memory);
  const CUgraphExec executable = instantiate(graph_);
  launch(executable);
  launch(executable);
  EXPECT_EQ(word(result), 6U);
  EXPECT_EQ(amount(CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT), 0U);
  EXPECT_GE(amount(CU_GRAPH_MEM_ATTR_USED_MEM_HIGH), 1024U);
  ASSERT_EQ(cuGraphExecDestroy(executable), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphDestroy(graph_), CUDA_SUCCESS);
  EXPECT_TRUE(comes_true([&] { return amount(CU_GRAPH_MEM_ATTR_RESERVED_MEM_CURRENT) == reserved; }));
}

TEST_F(GraphMemoryTest, GraphsWithMemoryKeepTheirShape) {
  CUgraphNode allocation = nullptr, next = nullptr;
  const CUdeviceptr memory = add_allocation(4, allocation);
  ASSERT_EQ(cuGraphAddMemFreeNode(&next, graph_, &allocation, 1, memory), CUDA_SUCCESS);
  CUgraph clone = nullptr;
  EXPECT_EQ(cuGraphClone(&clone, graph_), CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(cuGraphDestroyNode(next), CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(cuGraphRemoveDependencies(graph_, &allocation, &next, 1), CUDA_ERROR_NOT_SUPPORTED);
  const CUgraphExec executable = instantiate(graph_);
  CUgraphExec second = nullptr;
  EXPECT_EQ(cuGraphInstantiateWithFlags(&second, graph_, 0), CUDA_ERROR_NOT_SUPPORTED);
  ASSERT_EQ(cuGraphExecDestroy(executable), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphInstantiateWithFlags(&second, graph_, 0), CUDA_SUCCESS);
}

TEST_F(GraphMemoryTest, OutlivesLaunchesUntilItIsFreed) {
  CUgraphNode allocation = nullptr;
  const CUdeviceptr memory = add_allocation(4, allocation);
  EXPECT_EQ(cuMemFree_v2(memory), CUDA_ERROR_INVALID_VALUE) << "not yet allocated";
  add_fill(memory, 9, {allocation});
  const CUgraphExec executable = instantiate(graph_);
  launch(executable);
  EXPECT_EQ(word(memory), 9U);
  EXPECT_EQ(cuGraphLaunch(executable, stream_), CUDA_ERROR_INVALID_VALUE) << "still allocated";
  ASSERT_EQ(cuMemFreeAsync(memory, stream_), CUDA_SUCCESS);
  launch(executable);
  ASSERT_EQ(cuGraphExecDestroy(executable), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphDestroy(graph_), CUDA_SUCCESS);
  EXPECT_EQ(word(memory), 9U);
  EXPECT_EQ(cuMemFree_v2(memory), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFree_v2(memory), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(GraphMemoryTest, LaunchesFreeItWhereTheyAreAskedTo) {
  CUgraphNode allocation = nullptr;
  const CUdeviceptr memory = add_allocation(4, allocation);
  const CUgraphExec executable = instantiate(graph_, CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH);
  launch(executable);
  launch(executable);
  EXPECT_EQ(amount(CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT), 512U);
  EXPECT_EQ(cuMemFree_v2(memory), CUDA_SUCCESS);
  EXPECT_EQ(amount(CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT), 0U);
}

TEST_F(GraphMemoryTest, IsUsedAgainBehindAFreeNode) {
  CUgraphNode first = nullptr, free = nullptr, second = nullptr, third = nullptr;
  const CUdeviceptr memory = add_allocation(4096, first);
  ASSERT_EQ(cuGraphAddMemFreeNode(&free, graph_, &first, 1, memory), CUDA_SUCCESS);
  EXPECT_NE(add_allocation(4096, second), memory) << "nothing orders it behind the free";
  EXPECT_EQ(add_allocation(4096, third, {free}), memory);
  EXPECT_NE(add_allocation(4096, second, {free}), memory) << "in use";
}

TEST_F(GraphMemoryTest, CapturedAllocationsBecomeNodes) {
  const CUdeviceptr result = allocate({0});
  ASSERT_EQ(cuStreamBeginCapture_v2(stream_, CU_STREAM_CAPTURE_MODE_GLOBAL), CUDA_SUCCESS);
  CUdeviceptr memory = 0;
  ASSERT_EQ(cuMemAllocAsync(&memory, 64, stream_), CUDA_SUCCESS);
  ASSERT_EQ(cuMemsetD32Async(memory, 11, 1, stream_), CUDA_SUCCESS);
  ASSERT_EQ(cuMemcpyDtoDAsync_v2(result, memory, 4, stream_), CUDA_SUCCESS);
  ASSERT_EQ(cuMemFreeAsync(memory, stream_), CUDA_SUCCESS);
  CUgraph captured = nullptr;
  ASSERT_EQ(cuStreamEndCapture(stream_, &captured), CUDA_SUCCESS);
  CUgraphNode nodes[4] = {};
  std::size_t count = 4;
  ASSERT_EQ(cuGraphGetNodes(captured, nodes, &count), CUDA_SUCCESS);
  ASSERT_EQ(count, 4U);
  CUgraphNodeType first = -1, last = -1;
  ASSERT_EQ(cuGraphNodeGetType(nodes[0], &first), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphNodeGetType(nodes[3], &last), CUDA_SUCCESS);
  EXPECT_EQ(first, CU_GRAPH_NODE_TYPE_MEM_ALLOC);
  EXPECT_EQ(last, CU_GRAPH_NODE_TYPE_MEM_FREE);
  launch(instantiate(captured));
  EXPECT_EQ(word(result), 11U);
}

}  // namespace
}  // namespace vgpu::cuda
