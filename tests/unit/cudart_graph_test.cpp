#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "shims/cudart/abi.h"
#include "tests/unit/cuda_program.h"

// Graphs through the runtime API, of each major version: what is the runtime's own, and that the rest reaches the
// driver's function of the same name.
#define FUNCTION(library, family, state, check, variant, name, ...) \
  VGPU_IN_##library(cudaError_t name(VGPU_PARAMETERS(__VA_ARGS__));)
#define DIRECT(library, family, name)
#define REFUSED(library, variant, name)
#include "shims/cudart/library_version.h"
extern "C" {
#include "shims/cudart/functions.def"
void** __cudaRegisterFatBinary(void* wrapper);
void __cudaRegisterFatBinaryEnd(void** handle);
void __cudaUnregisterFatBinary(void** handle);
void __cudaRegisterFunction(void** handle, const char* host_function, char* device_function, const char* name, int,
                            void*, void*, void*, void*, int*);
void __cudaRegisterVar(void** handle, char* host_variable, char* device_address, const char* name, int, std::size_t,
                       int, int);
}

namespace vgpu::cudart {
namespace {

struct Wrapper {
  std::uint32_t magic = 0x466243B1, version = 1;
  const void* container = nullptr;
  const void* unused = nullptr;
};

// A container with one uncompressed PTX entry.
std::vector<std::uint64_t> container_of(const std::string& text) {
  const std::size_t padded = (text.size() + 8) / 8 * 8;
  std::vector<std::uint64_t> words(2 + 8 + padded / 8);
  words[0] = 0xBA55ED50 | std::uint64_t{1} << 32 | std::uint64_t{16} << 48;
  words[1] = 64 + padded;
  words[2] = 1 | std::uint64_t{0x0101} << 16 | std::uint64_t{64} << 32;
  words[3] = padded;
  words[5] = 4 | std::uint64_t{8} << 16 | std::uint64_t{60} << 32;
  words[7] = 0x11;
  std::memcpy(&words[10], text.data(), text.size());
  return words;
}

void raise(void* counter) {
  static_cast<std::atomic<int>*>(counter)->fetch_add(1);
}

class CudartGraphTest : public testing::Test {
 protected:
  // 13's runtime asks for a driver of CUDA 13, which no device before this one has.
  static void SetUpTestSuite() { ::setenv("VGPU_PROFILE_NAME", "t4", 1); }
  void SetUp() override {
    image_ = container_of(cuda::kAddPtx);
    wrapper_.container = image_.data();
    handle_ = __cudaRegisterFatBinary(&wrapper_);
    __cudaRegisterFunction(handle_, &add_, &add_, "add", -1, nullptr, nullptr, nullptr, nullptr, nullptr);
    __cudaRegisterVar(handle_, &offset_, &offset_, "offset", 0, 4, 0, 0);
    __cudaRegisterFatBinaryEnd(handle_);
    ASSERT_EQ(cudaGraphCreate(&graph_, 0), cudaSuccess);
    ASSERT_EQ(cudaMalloc(&memory_, 16), cudaSuccess);
    ASSERT_EQ(cudaMemset(memory_, 0, 16), cudaSuccess);
  }
  void TearDown() override {
    EXPECT_EQ(cudaDeviceReset(), cudaSuccess);
    __cudaUnregisterFatBinary(handle_);
  }
  CUgraphExec instantiate() {
    CUgraphExec executable = nullptr;
    EXPECT_EQ(cudaGraphInstantiate(&executable, graph_, 0), cudaSuccess);
    return executable;
  }
  static void launch(CUgraphExec executable) {
    EXPECT_EQ(cudaGraphLaunch(executable, nullptr), cudaSuccess);
    EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  }
  static unsigned word(const void* memory) {
    unsigned value = 0;
    EXPECT_EQ(cudaMemcpy(&value, memory, sizeof value, cudaMemcpyDeviceToHost), cudaSuccess);
    return value;
  }
  [[nodiscard]] cudaMemsetParams fill_of(unsigned value) const {
    return {.destination = memory_, .pitch = 0, .value = value, .element_size = 4, .width = 1, .height = 1};
  }

  std::vector<std::uint64_t> image_;
  Wrapper wrapper_;
  void** handle_ = nullptr;
  char add_ = 0, offset_ = 0;
  CUgraph graph_ = nullptr;
  void* memory_ = nullptr;
};

TEST_F(CudartGraphTest, CopiesToAndFromSymbols) {
  const unsigned first = 41, second = 42;
  CUgraphNode to = nullptr, from = nullptr;
  ASSERT_EQ(cudaGraphAddMemcpyNodeToSymbol(&to, graph_, nullptr, 0, &offset_, &first, 4, 0, cudaMemcpyHostToDevice),
            cudaSuccess);
  ASSERT_EQ(cudaGraphAddMemcpyNodeFromSymbol(&from, graph_, &to, 1, memory_, &offset_, 4, 0, cudaMemcpyDeviceToDevice),
            cudaSuccess);
  EXPECT_EQ(cudaGraphAddMemcpyNodeToSymbol(&to, graph_, nullptr, 0, &offset_, &first, 4, 1, cudaMemcpyHostToDevice),
            cudaErrorInvalidValue)
      << "leaves the variable";
  EXPECT_EQ(cudaGraphAddMemcpyNodeToSymbol(&to, graph_, nullptr, 0, &add_, &first, 4, 0, cudaMemcpyHostToDevice),
            cudaErrorInvalidSymbol);
  const CUgraphExec executable = instantiate();
  launch(executable);
  EXPECT_EQ(word(memory_), 41U);
  ASSERT_EQ(cudaGraphExecMemcpyNodeSetParamsToSymbol(executable, to, &offset_, &second, 4, 0, cudaMemcpyHostToDevice),
            cudaSuccess);
  launch(executable);
  EXPECT_EQ(word(memory_), 42U);
  auto* const behind = static_cast<std::byte*>(memory_) + 4;
  ASSERT_EQ(cudaGraphMemcpyNodeSetParamsFromSymbol(from, behind, &offset_, 4, 0, cudaMemcpyDeviceToDevice),
            cudaSuccess);
  launch(instantiate());
  EXPECT_EQ(word(behind), 41U);
}

TEST_F(CudartGraphTest, CopyNodesTellTheirParameters) {
  const unsigned value = 7;
  CUgraphNode node = nullptr;
  ASSERT_EQ(cudaGraphAddMemcpyNode1D(&node, graph_, nullptr, 0, memory_, &value, 4, cudaMemcpyHostToDevice),
            cudaSuccess);
  cudaMemcpy3DParms parameters{};
  ASSERT_EQ(cudaGraphMemcpyNodeGetParams(node, &parameters), cudaSuccess);
  EXPECT_EQ(parameters.kind, cudaMemcpyHostToDevice);
  EXPECT_EQ(parameters.source.pointer, &value);
  EXPECT_EQ(parameters.destination.pointer, memory_);
  EXPECT_EQ(parameters.extent.width, 4U);
  EXPECT_EQ(parameters.extent.depth, 1U);
  parameters.destination.pointer = static_cast<std::byte*>(memory_) + 8;
  ASSERT_EQ(cudaGraphMemcpyNodeSetParams(node, &parameters), cudaSuccess);
  const CUgraphExec executable = instantiate();
  launch(executable);
  EXPECT_EQ(word(parameters.destination.pointer), 7U);
  ASSERT_EQ(cudaGraphExecMemcpyNodeSetParams1D(executable, node, memory_, &value, 4, cudaMemcpyDefault), cudaSuccess);
  launch(executable);
  EXPECT_EQ(word(memory_), 7U);
}

TEST_F(CudartGraphTest, CopiesWithArraysCountElements) {
  const cudaChannelFormatDesc floats{.x = 32, .y = 0, .z = 0, .w = 0, .kind = 2};
  CUarray array = nullptr;
  ASSERT_EQ(cudaMallocArray(&array, &floats, 4, 1, 0), cudaSuccess);
  cudaMemcpy3DParms parameters{};
  parameters.source = {memory_, 16, 4, 1};
  parameters.destination_array = array;
  parameters.destination_position.x = 1;
  parameters.extent = {2, 1, 1};
  parameters.kind = cudaMemcpyDeviceToDevice;
  CUgraphNode node = nullptr;
  ASSERT_EQ(cudaGraphAddMemcpyNode(&node, graph_, nullptr, 0, &parameters), cudaSuccess);
  cudaMemcpy3DParms told{};
  ASSERT_EQ(cudaGraphMemcpyNodeGetParams(node, &told), cudaSuccess);
  EXPECT_EQ(told.destination_array, array);
  EXPECT_EQ(told.destination.pointer, nullptr);
  EXPECT_EQ(told.destination_position.x, 1U);
  EXPECT_EQ(told.extent.width, 2U);
  EXPECT_EQ(told.source.pointer, memory_);
}

TEST_F(CudartGraphTest, NodesOfAnyKindAreAddedAndChanged) {
  const auto add = [&](CUgraphNode* node, cudaGraphNodeParams* parameters, const CUgraphNode* after) {
    const std::size_t count = after != nullptr ? 1 : 0;
#if VGPU_CUDART_MAJOR < 13
    return cudaGraphAddNode(node, graph_, after, count, parameters);
#else
    return cudaGraphAddNode(node, graph_, after, nullptr, count, parameters);
#endif
  };
  cudaGraphNodeParams allocation{};
  allocation.type = CU_GRAPH_NODE_TYPE_MEM_ALLOC;
  allocation.allocation.pool.allocation_type = 1;
  allocation.allocation.pool.location = {.type = 1, .id = 0};
  allocation.allocation.size = 64;
  CUgraphNode nodes[5] = {};
  ASSERT_EQ(add(&nodes[0], &allocation, nullptr), cudaSuccess);
  auto* const within = reinterpret_cast<unsigned*>(allocation.allocation.address);
  ASSERT_NE(within, nullptr);
  cudaGraphNodeParams fill{};
  fill.type = CU_GRAPH_NODE_TYPE_MEMSET;
  fill.fill = fill_of(20);
  fill.fill.destination = within;
  ASSERT_EQ(add(&nodes[1], &fill, &nodes[0]), cudaSuccess);
  cudaGraphNodeParams kernel{};
  kernel.type = CU_GRAPH_NODE_TYPE_KERNEL;
  void* sum = memory_;
  const void* operand = within;
  unsigned count = 1;
  void* arguments[] = {&operand, &operand, &sum, &count};
  kernel.kernel = {.function = &add_,
                   .grid = {1, 1, 1},
                   .block = {32, 1, 1},
                   .shared_size = 0,
                   .parameters = arguments,
                   .extra = nullptr};
  ASSERT_EQ(add(&nodes[2], &kernel, &nodes[1]), cudaSuccess);
  cudaGraphNodeParams copy{};
  copy.type = CU_GRAPH_NODE_TYPE_MEMCPY;
  copy.copy.copy.source = {memory_, 4, 4, 1};
  copy.copy.copy.destination = {static_cast<std::byte*>(memory_) + 4, 4, 4, 1};
  copy.copy.copy.extent = {4, 1, 1};
  copy.copy.copy.kind = cudaMemcpyDeviceToDevice;
  ASSERT_EQ(add(&nodes[3], &copy, &nodes[2]), cudaSuccess);
  cudaGraphNodeParams freed{};
  freed.type = CU_GRAPH_NODE_TYPE_MEM_FREE;
  freed.freed = within;
  ASSERT_EQ(add(&nodes[4], &freed, &nodes[3]), cudaSuccess);
  CUdeviceptr told = 0;
  ASSERT_EQ(cudaGraphMemFreeNodeGetParams(nodes[4], &told), cudaSuccess);
  EXPECT_EQ(told, allocation.allocation.address);
  const CUgraphExec executable = instantiate();
  fill.fill.value = 21;
  ASSERT_EQ(cudaGraphExecNodeSetParams(executable, nodes[1], &fill), cudaSuccess);
  EXPECT_EQ(cudaGraphNodeSetParams(nodes[4], &freed), cudaErrorNotSupported);
  EXPECT_EQ(cudaGraphNodeSetParams(nodes[4], &fill), cudaErrorInvalidValue);
  const CUgraphNode kernel_node = nodes[2];
  ASSERT_EQ(cudaGraphNodeSetEnabled(executable, kernel_node, 0), cudaSuccess);
  unsigned enabled = 1;
  ASSERT_EQ(cudaGraphNodeGetEnabled(executable, kernel_node, &enabled), cudaSuccess);
  EXPECT_EQ(enabled, 0U);
  launch(executable);
  EXPECT_EQ(word(static_cast<std::byte*>(memory_) + 4), 0U) << "the kernel is switched off";
  ASSERT_EQ(cudaGraphNodeSetEnabled(executable, kernel_node, 1), cudaSuccess);
  launch(executable);
  EXPECT_EQ(word(static_cast<std::byte*>(memory_) + 4), 42U);
}

TEST_F(CudartGraphTest, EdgesHaveTheFormsOfTheirVersion) {
  CUgraphNode first = nullptr, second = nullptr, found = nullptr;
  ASSERT_EQ(cudaGraphAddEmptyNode(&first, graph_, nullptr, 0), cudaSuccess);
  ASSERT_EQ(cudaGraphAddEmptyNode(&second, graph_, nullptr, 0), cudaSuccess);
  CUgraphEdgeData data{.from_port = 9, .to_port = 9, .type = 9, .reserved = {}};
  std::size_t count = 1;
#if VGPU_CUDART_MAJOR < 13
  ASSERT_EQ(cudaGraphAddDependencies(graph_, &first, &second, 1), cudaSuccess);
  ASSERT_EQ(cudaGraphNodeGetDependencies(second, &found, &count), cudaSuccess);
  EXPECT_EQ(found, first);
  ASSERT_EQ(cudaGraphGetEdges_v2(graph_, &first, &found, &data, &count), cudaSuccess);
  ASSERT_EQ(cudaGraphRemoveDependencies_v2(graph_, &first, &second, &data, 1), cudaSuccess);
#else
  ASSERT_EQ(cudaGraphAddDependencies(graph_, &first, &second, nullptr, 1), cudaSuccess);
  ASSERT_EQ(cudaGraphNodeGetDependencies(second, &found, &data, &count), cudaSuccess);
  EXPECT_EQ(found, first);
  ASSERT_EQ(cudaGraphGetEdges(graph_, &first, &found, &data, &count), cudaSuccess);
  ASSERT_EQ(cudaGraphRemoveDependencies(graph_, &first, &second, &data, 1), cudaSuccess);
#endif
  EXPECT_EQ(found, second);
  EXPECT_EQ(data.type, 0);
  ASSERT_EQ(cudaGraphGetRootNodes(graph_, nullptr, &count), cudaSuccess);
  EXPECT_EQ(count, 2U);
}

TEST_F(CudartGraphTest, CapturesIntoGraphs) {
  CUstream stream = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&stream, 1), cudaSuccess);
  CUgraphNode first = nullptr, own = nullptr;
  const auto one = fill_of(1), two = fill_of(2);
  ASSERT_EQ(cudaGraphAddMemsetNode(&first, graph_, nullptr, 0, &one), cudaSuccess);
  ASSERT_EQ(cudaStreamBeginCaptureToGraph(stream, graph_, &first, nullptr, 1, 2), cudaSuccess);
  ASSERT_EQ(cudaGraphAddMemsetNode(&own, graph_, &first, 1, &two), cudaSuccess);
#if VGPU_CUDART_MAJOR < 13
  ASSERT_EQ(cudaStreamUpdateCaptureDependencies(stream, &own, 1, 1), cudaSuccess);
#else
  ASSERT_EQ(cudaStreamUpdateCaptureDependencies(stream, &own, nullptr, 1, 1), cudaSuccess);
#endif
  auto* const behind = static_cast<std::byte*>(memory_) + 4;
  ASSERT_EQ(cudaMemcpyAsync(behind, memory_, 4, cudaMemcpyDeviceToDevice, stream), cudaSuccess);
  CUgraph ended = nullptr;
  ASSERT_EQ(cudaStreamEndCapture(stream, &ended), cudaSuccess);
  EXPECT_EQ(ended, graph_);
  launch(instantiate());
  EXPECT_EQ(word(behind), 2U);
}

TEST_F(CudartGraphTest, HoldsUserObjects) {
  std::atomic<int> destroyed{0};
  CUuserObject object = nullptr;
  ASSERT_EQ(cudaUserObjectCreate(&object, &destroyed, raise, 1, 1), cudaSuccess);
  ASSERT_EQ(cudaGraphRetainUserObject(graph_, object, 1, 0), cudaSuccess);
  ASSERT_EQ(cudaUserObjectRelease(object, 1), cudaSuccess);
  EXPECT_EQ(destroyed, 0);
  CUDA_GRAPH_INSTANTIATE_PARAMS parameters{};
  parameters.result = 9;
  CUgraphExec executable = nullptr;
  ASSERT_EQ(cudaGraphInstantiateWithParams(&executable, graph_, &parameters), cudaSuccess);
  EXPECT_EQ(parameters.result, 0);
  std::uint64_t flags = 9;
  ASSERT_EQ(cudaGraphExecGetFlags(executable, &flags), cudaSuccess);
  EXPECT_EQ(flags, 0U);
  ASSERT_EQ(cudaGraphReleaseUserObject(graph_, object, 1), cudaSuccess);
  EXPECT_EQ(destroyed, 0);
  ASSERT_EQ(cudaGraphExecDestroy(executable), cudaSuccess);
  EXPECT_EQ(destroyed, 1);
}

}  // namespace
}  // namespace vgpu::cudart
