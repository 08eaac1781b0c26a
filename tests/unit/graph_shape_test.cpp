#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/graph_fixture.h"

// Edges, executables that are switched and updated, and pictures.
namespace vgpu::cuda {
namespace {

std::size_t edges_of(CUgraph graph) {
  std::size_t count = 0;
  EXPECT_EQ(cuGraphGetEdges(graph, nullptr, nullptr, &count), CUDA_SUCCESS);
  return count;
}

TEST_F(GraphTest, EdgesAreAddedAndRemoved) {
  const CUdeviceptr memory = allocate({0});
  const CUgraphNode first = add_fill(memory, 1), second = add_fill(memory, 2);
  ASSERT_EQ(cuGraphAddDependencies(graph_, &second, &first, 1), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphAddDependencies(graph_, &second, &first, 1), CUDA_ERROR_INVALID_VALUE) << "there already";
  EXPECT_EQ(cuGraphAddDependencies(graph_, &first, &first, 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(edges_of(graph_), 1U);
  launch(instantiate(graph_));
  EXPECT_EQ(word(memory), 1U) << "the node that was added first comes last";
  EXPECT_EQ(cuGraphRemoveDependencies(graph_, &first, &second, 1), CUDA_ERROR_INVALID_VALUE) << "the other way round";
  ASSERT_EQ(cuGraphRemoveDependencies(graph_, &second, &first, 1), CUDA_SUCCESS);
  EXPECT_EQ(edges_of(graph_), 0U);
  ASSERT_EQ(cuGraphAddDependencies_v2(graph_, &first, &second, nullptr, 1), CUDA_SUCCESS);
  launch(instantiate(graph_));
  EXPECT_EQ(word(memory), 2U);
  EXPECT_EQ(cuGraphRemoveDependencies(nullptr, &first, &second, 1), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuGraphRemoveDependencies(graph_, nullptr, &second, 1), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(GraphTest, EdgesBetweenKernelsHaveData) {
  CUDA_KERNEL_NODE_PARAMS_v2 parameters{};
  parameters.function = load("fault");
  parameters.grid_x = parameters.grid_y = parameters.grid_z = 1;
  parameters.block_x = parameters.block_y = parameters.block_z = 1;
  CUgraphNode first = nullptr, second = nullptr;
  ASSERT_EQ(cuGraphAddKernelNode_v2(&first, graph_, nullptr, 0, &parameters), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphAddKernelNode_v2(&second, graph_, nullptr, 0, &parameters), CUDA_SUCCESS);
  const CUgraphEdgeData programmatic{.from_port = 1, .to_port = 0, .type = 1, .reserved = {}};
  const CUgraphNode fill = add_fill(allocate({0}), 1);
  EXPECT_EQ(cuGraphAddDependencies_v2(graph_, &first, &fill, &programmatic, 1), CUDA_ERROR_INVALID_VALUE);
  ASSERT_EQ(cuGraphAddDependencies_v2(graph_, &first, &second, &programmatic, 1), CUDA_SUCCESS);
  CUgraphNode from = nullptr, to = nullptr;
  CUgraphEdgeData data{};
  std::size_t count = 1;
  EXPECT_EQ(cuGraphGetEdges(graph_, &from, &to, &count), CUDA_ERROR_LOSSY_QUERY);
  ASSERT_EQ(cuGraphGetEdges_v2(graph_, &from, &to, &data, &count), CUDA_SUCCESS);
  EXPECT_EQ(from, first);
  EXPECT_EQ(to, second);
  EXPECT_EQ(data.type, 1);
  data = {};
  ASSERT_EQ(cuGraphNodeGetDependencies_v2(second, &from, &data, &count), CUDA_SUCCESS);
  EXPECT_EQ(data.from_port, 1);
  EXPECT_EQ(cuGraphNodeGetDependentNodes(first, &to, &count), CUDA_ERROR_LOSSY_QUERY);
  ASSERT_EQ(cuGraphNodeGetDependentNodes_v2(first, &to, &data, &count), CUDA_SUCCESS);
  EXPECT_EQ(to, second);
  EXPECT_EQ(cuGraphRemoveDependencies(graph_, &first, &second, 1), CUDA_ERROR_INVALID_VALUE) << "not a plain edge";
  EXPECT_EQ(cuGraphRemoveDependencies_v2(graph_, &first, &second, &programmatic, 1), CUDA_SUCCESS);
}

TEST_F(GraphTest, NodesAreSwitchedOffAndOn) {
  const CUdeviceptr memory = allocate({0});
  const CUgraphNode node = add_fill(memory, 1);
  CUgraphNode empty = nullptr;
  ASSERT_EQ(cuGraphAddEmptyNode(&empty, graph_, nullptr, 0), CUDA_SUCCESS);
  const CUgraphExec executable = instantiate(graph_);
  unsigned enabled = 7;
  ASSERT_EQ(cuGraphNodeGetEnabled(executable, node, &enabled), CUDA_SUCCESS);
  EXPECT_EQ(enabled, 1U);
  ASSERT_EQ(cuGraphNodeSetEnabled(executable, node, 0), CUDA_SUCCESS);
  launch(executable);
  EXPECT_EQ(word(memory), 0U);
  CUgraphExecUpdateResultInfo info{};
  ASSERT_EQ(cuGraphExecUpdate_v2(executable, graph_, &info), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphNodeGetEnabled(executable, node, &enabled), CUDA_SUCCESS);
  EXPECT_EQ(enabled, 0U);
  ASSERT_EQ(cuGraphNodeSetEnabled(executable, node, 1), CUDA_SUCCESS);
  launch(executable);
  EXPECT_EQ(word(memory), 1U);
  EXPECT_EQ(cuGraphNodeSetEnabled(executable, empty, 0), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuGraphNodeSetEnabled(executable, nullptr, 0), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(GraphTest, UpdatesTellWhatDiffers) {
  const CUdeviceptr memory = allocate({0});
  const CUgraphNode first = add_fill(memory, 1);
  add_fill(memory, 2, {first});
  const CUgraphExec executable = instantiate(graph_);
  CUgraph other = nullptr;
  ASSERT_EQ(cuGraphCreate(&other, 0), CUDA_SUCCESS);
  std::swap(graph_, other);
  CUgraphExecUpdateResultInfo info{};
  const CUgraphNode one = add_fill(memory, 3);
  EXPECT_EQ(cuGraphExecUpdate_v2(executable, graph_, &info), CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE);
  EXPECT_EQ(info.result, CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED);
  EXPECT_EQ(info.error_node, nullptr);
  const CUgraphNode two = add_fill(memory, 4);
  EXPECT_EQ(cuGraphExecUpdate_v2(executable, graph_, &info), CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE);
  EXPECT_EQ(info.result, CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED);
  EXPECT_EQ(info.error_node, two);
  ASSERT_EQ(cuGraphDestroyNode(two), CUDA_SUCCESS);
  CUgraphNode empty = nullptr;
  ASSERT_EQ(cuGraphAddEmptyNode(&empty, graph_, &one, 1), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphExecUpdate_v2(executable, graph_, &info), CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE);
  EXPECT_EQ(info.result, CU_GRAPH_EXEC_UPDATE_ERROR_NODE_TYPE_CHANGED);
  EXPECT_EQ(info.error_node, empty);
  launch(executable);
  EXPECT_EQ(word(memory), 2U) << "nothing was changed";
  ASSERT_EQ(cuGraphDestroyNode(empty), CUDA_SUCCESS);
  add_fill(memory, 5, {one});
  EXPECT_EQ(cuGraphExecUpdate_v2(executable, graph_, &info), CUDA_SUCCESS);
  EXPECT_EQ(info.result, CU_GRAPH_EXEC_UPDATE_SUCCESS);
  launch(executable);
  EXPECT_EQ(word(memory), 5U);
}

TEST_F(GraphTest, InstantiationTellsItsFlags) {
  const CUgraphNode first = add_fill(allocate({0}), 1);
  const CUgraphNode second = add_fill(allocate({0}), 1, {first});
  CUDA_GRAPH_INSTANTIATE_PARAMS parameters{};
  parameters.flags = CUDA_GRAPH_INSTANTIATE_FLAG_UPLOAD | CUDA_GRAPH_INSTANTIATE_FLAG_USE_NODE_PRIORITY;
  parameters.upload_stream = stream_;
  CUgraphExec executable = nullptr;
  ASSERT_EQ(cuGraphInstantiateWithParams(&executable, graph_, &parameters), CUDA_SUCCESS);
  EXPECT_EQ(parameters.result, CUDA_GRAPH_INSTANTIATE_SUCCESS);
  std::uint64_t flags = 0;
  ASSERT_EQ(cuGraphExecGetFlags(executable, &flags), CUDA_SUCCESS);
  EXPECT_EQ(flags, CUDA_GRAPH_INSTANTIATE_FLAG_USE_NODE_PRIORITY);
  EXPECT_EQ(cuGraphInstantiateWithFlags(&executable, graph_, 1 << 20), CUDA_ERROR_INVALID_VALUE);
  ASSERT_EQ(cuGraphAddDependencies(graph_, &second, &first, 1), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphInstantiateWithParams(&executable, graph_, &parameters), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(parameters.result, CUDA_GRAPH_INSTANTIATE_INVALID_STRUCTURE) << "a circle";
}

TEST_F(GraphTest, DrawsPictures) {
  const CUgraphNode first = add_fill(allocate({0}), 0x2a);
  add_fill(allocate({0}), 1, {first});
  const auto path = std::filesystem::temp_directory_path() / ("vgpu-graph-" + std::to_string(::getpid()) + ".dot");
  ASSERT_EQ(cuGraphDebugDotPrint(graph_, path.c_str(), 1), CUDA_SUCCESS);
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  std::filesystem::remove(path);
  EXPECT_EQ(text.str().rfind("digraph dot {", 0), 0U);
  EXPECT_NE(text.str().find("MEMSET"), std::string::npos);
  EXPECT_NE(text.str().find("0x2a"), std::string::npos);
  EXPECT_NE(text.str().find("\"graph_1_node_0\" -> \"graph_1_node_1\";"), std::string::npos);
  EXPECT_EQ(cuGraphDebugDotPrint(graph_, "/nowhere/at/all.dot", 0), CUDA_ERROR_OPERATING_SYSTEM);
  EXPECT_EQ(cuGraphDebugDotPrint(graph_, nullptr, 0), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(GraphTest, EventsOutsideOfACaptureBecomeNodes) {
  CUevent event = nullptr;
  ASSERT_EQ(cuEventCreate(&event, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamBeginCapture_v2(stream_, CU_STREAM_CAPTURE_MODE_GLOBAL), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamWaitEvent(stream_, event, CU_EVENT_WAIT_EXTERNAL), CUDA_SUCCESS);
  ASSERT_EQ(cuEventRecordWithFlags(event, stream_, CU_EVENT_RECORD_EXTERNAL), CUDA_SUCCESS);
  CUgraph captured = nullptr;
  ASSERT_EQ(cuStreamEndCapture(stream_, &captured), CUDA_SUCCESS);
  CUgraphNode nodes[2] = {};
  std::size_t count = 2;
  ASSERT_EQ(cuGraphGetNodes(captured, nodes, &count), CUDA_SUCCESS);
  ASSERT_EQ(count, 2U);
  CUevent told = nullptr;
  ASSERT_EQ(cuGraphEventWaitNodeGetEvent(nodes[0], &told), CUDA_SUCCESS);
  EXPECT_EQ(told, event);
  ASSERT_EQ(cuGraphEventRecordNodeGetEvent(nodes[1], &told), CUDA_SUCCESS);
  EXPECT_EQ(told, event);
  float milliseconds = 0;
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, event, event), CUDA_ERROR_INVALID_HANDLE) << "not yet recorded";
  launch(instantiate(captured));
  EXPECT_EQ(cuEventElapsedTime(&milliseconds, event, event), CUDA_SUCCESS);
}

TEST_F(GraphTest, CapturesIntoGraphsThatProgramsAddTo) {
  const CUdeviceptr memory = allocate({0});
  ASSERT_EQ(cuStreamBeginCapture(stream_), CUDA_SUCCESS);
  ASSERT_EQ(cuMemsetD32Async(memory, 1, 1, stream_), CUDA_SUCCESS);
  CUstreamCaptureStatus status = 0;
  CUgraph captured = nullptr;
  const CUgraphNode* last = nullptr;
  std::size_t count = 0;
  ASSERT_EQ(cuStreamGetCaptureInfo_v2(stream_, &status, nullptr, &captured, &last, &count), CUDA_SUCCESS);
  ASSERT_EQ(count, 1U);
  const auto parameters = fill_of(memory, 2);
  CUgraphNode own = nullptr;
  ASSERT_EQ(cuGraphAddMemsetNode(&own, captured, last, 1, &parameters, context_), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphDestroy(captured), CUDA_ERROR_INVALID_VALUE) << "while it is captured";
  ASSERT_EQ(cuStreamUpdateCaptureDependencies_v2(stream_, &own, nullptr, 1, 1), CUDA_SUCCESS);
  CUgraph ended = nullptr;
  ASSERT_EQ(cuStreamEndCapture(stream_, &ended), CUDA_SUCCESS);
  EXPECT_EQ(ended, captured);
  EXPECT_EQ(edges_of(ended), 1U);
  launch(instantiate(ended));
  EXPECT_EQ(word(memory), 2U);
  EXPECT_EQ(cuGraphDestroy(ended), CUDA_SUCCESS);
}

}  // namespace
}  // namespace vgpu::cuda
