#include <atomic>

#include "tests/unit/graph_fixture.h"

// What each kind of node does, tells and takes, in a graph and in an executable.
namespace vgpu::cuda {
namespace {

void raise(void* counter) {
  static_cast<std::atomic<int>*>(counter)->fetch_add(1);
}
void raise_by_ten(void* counter) {
  static_cast<std::atomic<int>*>(counter)->fetch_add(10);
}

TEST_F(GraphTest, MemsetNodesAreReadAndChanged) {
  const CUdeviceptr memory = allocate({0, 0});
  const CUgraphNode node = add_fill(memory, 7);
  const CUgraphExec executable = instantiate(graph_);
  CUDA_MEMSET_NODE_PARAMS parameters{};
  ASSERT_EQ(cuGraphMemsetNodeGetParams(node, &parameters), CUDA_SUCCESS);
  EXPECT_EQ(parameters.destination, memory);
  EXPECT_EQ(parameters.value, 7U);
  EXPECT_EQ(parameters.width, 1U);
  parameters.value = 8;
  ASSERT_EQ(cuGraphMemsetNodeSetParams(node, &parameters), CUDA_SUCCESS);
  launch(executable);
  EXPECT_EQ(word(memory), 7U) << "an executable is not changed with its graph";
  launch(instantiate(graph_));
  EXPECT_EQ(word(memory), 8U);
  parameters.value = 9;
  parameters.width = 2;
  ASSERT_EQ(cuGraphExecMemsetNodeSetParams(executable, node, &parameters, context_), CUDA_SUCCESS);
  launch(executable);
  EXPECT_EQ(read(memory, 2), (std::vector<unsigned>{9, 9}));
  parameters.height = 2;
  parameters.pitch = 8;
  EXPECT_EQ(cuGraphExecMemsetNodeSetParams(executable, node, &parameters, context_), CUDA_ERROR_INVALID_VALUE);
  parameters.element_size = 3;
  EXPECT_EQ(cuGraphMemsetNodeSetParams(node, &parameters), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuGraphMemsetNodeGetParams(node, nullptr), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(GraphTest, CopyNodesAreReadAndChanged) {
  const CUdeviceptr from = allocate({1, 2}), to = allocate({0, 0});
  const auto first = copy_of(to, from, 1);
  CUgraphNode node = nullptr;
  ASSERT_EQ(cuGraphAddMemcpyNode(&node, graph_, nullptr, 0, &first, context_), CUDA_SUCCESS);
  CUDA_MEMCPY3D told{};
  ASSERT_EQ(cuGraphMemcpyNodeGetParams(node, &told), CUDA_SUCCESS);
  EXPECT_EQ(told.source_device, from);
  EXPECT_EQ(told.destination_device, to);
  EXPECT_EQ(told.width, 4U);
  const CUgraphExec executable = instantiate(graph_);
  const auto second = copy_of(to, from, 2);
  ASSERT_EQ(cuGraphExecMemcpyNodeSetParams(executable, node, &second, context_), CUDA_SUCCESS);
  launch(executable);
  EXPECT_EQ(read(to, 2), (std::vector<unsigned>{1, 2}));
  const auto back = copy_of(from, to + 4, 1);
  ASSERT_EQ(cuGraphMemcpyNodeSetParams(node, &back), CUDA_SUCCESS);
  launch(instantiate(graph_));
  EXPECT_EQ(read(from, 2), (std::vector<unsigned>{2, 2}));
  EXPECT_EQ(cuGraphMemsetNodeGetParams(node, nullptr), CUDA_ERROR_INVALID_VALUE);
  CUDA_MEMSET_NODE_PARAMS fill{};
  EXPECT_EQ(cuGraphMemsetNodeGetParams(node, &fill), CUDA_ERROR_INVALID_VALUE) << "a node of another kind";
}

TEST_F(GraphTest, TellsWhatWasCaptured) {
  const CUdeviceptr from = allocate({1, 2}), to = allocate({0, 0});
  std::atomic<int> calls{0};
  ASSERT_EQ(cuStreamBeginCapture_v2(stream_, CU_STREAM_CAPTURE_MODE_RELAXED), CUDA_SUCCESS);
  ASSERT_EQ(cuMemcpyDtoDAsync_v2(to, from, 8, stream_), CUDA_SUCCESS);
  ASSERT_EQ(cuLaunchHostFunc(stream_, raise, &calls), CUDA_SUCCESS);
  CUgraph captured = nullptr;
  ASSERT_EQ(cuStreamEndCapture(stream_, &captured), CUDA_SUCCESS);
  CUgraphNode nodes[2] = {};
  std::size_t count = 2;
  ASSERT_EQ(cuGraphGetNodes(captured, nodes, &count), CUDA_SUCCESS);
  ASSERT_EQ(count, 2U);
  CUDA_MEMCPY3D copy{};
  ASSERT_EQ(cuGraphMemcpyNodeGetParams(nodes[0], &copy), CUDA_SUCCESS);
  EXPECT_EQ(copy.source_type, CU_MEMORYTYPE_DEVICE);
  EXPECT_EQ(copy.source_device, from);
  EXPECT_EQ(copy.destination_device, to);
  EXPECT_EQ(copy.width, 8U);
  EXPECT_EQ(cuGraphMemcpyNodeSetParams(nodes[0], &copy), CUDA_SUCCESS) << "what is told can be given back";
  CUDA_HOST_NODE_PARAMS host{};
  ASSERT_EQ(cuGraphHostNodeGetParams(nodes[1], &host), CUDA_SUCCESS);
  EXPECT_EQ(host.function, raise);
  EXPECT_EQ(host.user_data, &calls);
  launch(instantiate(captured));
  EXPECT_EQ(read(to, 2), (std::vector<unsigned>{1, 2}));
  EXPECT_EQ(calls, 1);
}

TEST_F(GraphTest, HostNodesAreReadAndChanged) {
  std::atomic<int> calls{0};
  CUDA_HOST_NODE_PARAMS parameters{raise, &calls};
  CUgraphNode node = nullptr;
  ASSERT_EQ(cuGraphAddHostNode(&node, graph_, nullptr, 0, &parameters), CUDA_SUCCESS);
  const CUgraphExec executable = instantiate(graph_);
  launch(executable);
  EXPECT_EQ(calls, 1);
  parameters.function = raise_by_ten;
  ASSERT_EQ(cuGraphExecHostNodeSetParams(executable, node, &parameters), CUDA_SUCCESS);
  launch(executable);
  EXPECT_EQ(calls, 11);
  ASSERT_EQ(cuGraphHostNodeSetParams(node, &parameters), CUDA_SUCCESS);
  CUDA_HOST_NODE_PARAMS told{};
  ASSERT_EQ(cuGraphHostNodeGetParams(node, &told), CUDA_SUCCESS);
  EXPECT_EQ(told.function, raise_by_ten);
  parameters.function = nullptr;
  EXPECT_EQ(cuGraphHostNodeSetParams(node, &parameters), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuGraphExecHostNodeSetParams(nullptr, node, &told), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(GraphTest, EventNodesAreReadAndChanged) {
  CUevent first = nullptr, second = nullptr;
  ASSERT_EQ(cuEventCreate(&first, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuEventCreate(&second, 0), CUDA_SUCCESS);
  CUgraphNode record = nullptr, wait = nullptr;
  ASSERT_EQ(cuGraphAddEventRecordNode(&record, graph_, nullptr, 0, first), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphAddEventWaitNode(&wait, graph_, &record, 1, first), CUDA_SUCCESS);
  const CUgraphExec executable = instantiate(graph_);
  CUevent told = nullptr;
  ASSERT_EQ(cuGraphEventRecordNodeGetEvent(record, &told), CUDA_SUCCESS);
  EXPECT_EQ(told, first);
  EXPECT_EQ(cuGraphEventWaitNodeGetEvent(record, &told), CUDA_ERROR_INVALID_VALUE);
  ASSERT_EQ(cuGraphEventWaitNodeSetEvent(wait, second), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphEventWaitNodeGetEvent(wait, &told), CUDA_SUCCESS);
  EXPECT_EQ(told, second);
  ASSERT_EQ(cuGraphEventRecordNodeSetEvent(record, second), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphExecEventRecordNodeSetEvent(executable, record, second), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphExecEventWaitNodeSetEvent(executable, wait, second), CUDA_SUCCESS);
  launch(executable);
  float milliseconds = 0;
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, second, second), CUDA_SUCCESS);
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, first, first), CUDA_ERROR_INVALID_HANDLE) << "never recorded";
  EXPECT_EQ(cuGraphEventRecordNodeSetEvent(record, nullptr), CUDA_ERROR_INVALID_HANDLE);
}

TEST_F(GraphTest, ChildGraphsAreCopies) {
  const CUdeviceptr memory = allocate({0});
  CUgraph child = nullptr, inner = nullptr;
  ASSERT_EQ(cuGraphCreate(&child, 0), CUDA_SUCCESS);
  std::swap(graph_, child);
  const CUgraphNode original = add_fill(memory, 3);
  std::swap(graph_, child);
  CUgraphNode node = nullptr;
  ASSERT_EQ(cuGraphAddChildGraphNode(&node, graph_, nullptr, 0, child), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphChildGraphNodeGetGraph(node, &inner), CUDA_SUCCESS);
  EXPECT_NE(inner, child);
  CUgraphNode copied = nullptr;
  ASSERT_EQ(cuGraphNodeFindInClone(&copied, original, inner), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphDestroy(inner), CUDA_ERROR_INVALID_VALUE) << "it is the node's";
  const CUgraphExec executable = instantiate(graph_);
  auto parameters = fill_of(memory, 4);
  ASSERT_EQ(cuGraphExecMemsetNodeSetParams(executable, copied, &parameters, context_), CUDA_SUCCESS);
  launch(executable);
  EXPECT_EQ(word(memory), 4U);
  parameters.value = 5;
  ASSERT_EQ(cuGraphMemsetNodeSetParams(original, &parameters), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphExecChildGraphNodeSetParams(executable, node, child), CUDA_SUCCESS);
  launch(executable);
  EXPECT_EQ(word(memory), 5U);
  CUgraphNode more = nullptr;
  ASSERT_EQ(cuGraphAddEmptyNode(&more, child, nullptr, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphExecChildGraphNodeSetParams(executable, node, child), CUDA_ERROR_INVALID_VALUE);
  ASSERT_EQ(cuGraphDestroyNode(node), CUDA_SUCCESS);
  std::size_t count = 0;
  EXPECT_EQ(cuGraphGetNodes(inner, nullptr, &count), CUDA_ERROR_INVALID_HANDLE) << "gone with its node";
}

TEST_F(GraphTest, FindsNodesInClones) {
  const CUgraphNode node = add_fill(allocate({0}), 1);
  CUgraph clone = nullptr;
  ASSERT_EQ(cuGraphClone(&clone, graph_), CUDA_SUCCESS);
  CUgraphNode copied = nullptr;
  ASSERT_EQ(cuGraphNodeFindInClone(&copied, node, clone), CUDA_SUCCESS);
  EXPECT_NE(copied, node);
  std::size_t count = 1;
  CUgraphNode only = nullptr;
  ASSERT_EQ(cuGraphGetNodes(clone, &only, &count), CUDA_SUCCESS);
  EXPECT_EQ(copied, only);
  EXPECT_EQ(cuGraphNodeFindInClone(&copied, node, graph_), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(GraphTest, KernelNodesHaveAttributes) {
  const CUfunction function = load("fault");
  CUDA_KERNEL_NODE_PARAMS_v2 parameters{};
  parameters.function = function;
  parameters.grid_x = parameters.grid_y = parameters.grid_z = 1;
  parameters.block_x = parameters.block_y = parameters.block_z = 1;
  CUgraphNode first = nullptr, second = nullptr;
  ASSERT_EQ(cuGraphAddKernelNode_v2(&first, graph_, nullptr, 0, &parameters), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphAddKernelNode_v2(&second, graph_, nullptr, 0, &parameters), CUDA_SUCCESS);
  constexpr int kPriority = 8, kUnknown = 77;
  CUstreamAttrValue value{}, told{};
  value.priority = -3;
  ASSERT_EQ(cuGraphKernelNodeSetAttribute(first, kPriority, &value), CUDA_SUCCESS);
  value.cooperative = 1;
  ASSERT_EQ(cuGraphKernelNodeSetAttribute(first, CU_LAUNCH_ATTRIBUTE_COOPERATIVE, &value), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphKernelNodeGetAttribute(second, kPriority, &told), CUDA_SUCCESS);
  EXPECT_EQ(told.priority, 0);
  ASSERT_EQ(cuGraphKernelNodeCopyAttributes(second, first), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphKernelNodeGetAttribute(second, kPriority, &told), CUDA_SUCCESS);
  EXPECT_EQ(told.priority, -3);
  ASSERT_EQ(cuGraphKernelNodeGetAttribute(second, CU_LAUNCH_ATTRIBUTE_COOPERATIVE, &told), CUDA_SUCCESS);
  EXPECT_EQ(told.cooperative, 1);
  EXPECT_EQ(cuGraphKernelNodeGetAttribute(second, kUnknown, &told), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuGraphKernelNodeGetAttribute(add_fill(allocate({0}), 1), kPriority, &told), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(GraphTest, NodesOfAnyKindAreAddedAndChanged) {
  const CUdeviceptr memory = allocate({0});
  CUgraphNodeParams parameters{};
  parameters.type = CU_GRAPH_NODE_TYPE_MEMSET;
  parameters.fill = fill_of(memory, 5);
  CUgraphNode node = nullptr, next = nullptr;
  ASSERT_EQ(cuGraphAddNode(&node, graph_, nullptr, 0, &parameters), CUDA_SUCCESS);
  const CUgraphExec executable = instantiate(graph_);
  launch(executable);
  EXPECT_EQ(word(memory), 5U);
  parameters.fill.value = 6;
  ASSERT_EQ(cuGraphExecNodeSetParams(executable, node, &parameters), CUDA_SUCCESS);
  launch(executable);
  EXPECT_EQ(word(memory), 6U);
  parameters.fill.value = 7;
  ASSERT_EQ(cuGraphNodeSetParams(node, &parameters), CUDA_SUCCESS);
  launch(instantiate(graph_));
  EXPECT_EQ(word(memory), 7U);
  CUgraphNodeParams other{};
  other.type = CU_GRAPH_NODE_TYPE_MEMCPY;
  other.copy.copy = copy_of(memory, memory, 1);
  EXPECT_EQ(cuGraphNodeSetParams(node, &other), CUDA_ERROR_INVALID_VALUE) << "a node of another kind";
  const CUgraphEdgeData odd{.from_port = 1, .to_port = 0, .type = 0, .reserved = {}};
  EXPECT_EQ(cuGraphAddNode_v2(&next, graph_, &node, &odd, 1, &other), CUDA_ERROR_INVALID_VALUE);
  ASSERT_EQ(cuGraphAddNode_v2(&next, graph_, &node, nullptr, 1, &other), CUDA_SUCCESS);
  other.type = CU_GRAPH_NODE_TYPE_CONDITIONAL;
  EXPECT_EQ(cuGraphAddNode(&next, graph_, nullptr, 0, &other), CUDA_ERROR_NOT_SUPPORTED);
  other.type = 99;
  EXPECT_EQ(cuGraphAddNode(&next, graph_, nullptr, 0, &other), CUDA_ERROR_INVALID_VALUE);
  parameters.reserved[1] = 1;
  EXPECT_EQ(cuGraphNodeSetParams(node, &parameters), CUDA_ERROR_INVALID_VALUE);
}

}  // namespace
}  // namespace vgpu::cuda
