#include <thread>

#include "tests/unit/faults_program.h"

// Faults of kernels: told by the next call that waits and by every later one, until the device is reset.
namespace vgpu::faults {
namespace {

constexpr std::size_t kSize = 1 << 20;

class KernelFaultTest : public FaultTest {
 protected:
  // What every later call answers.
  void expect_sticky(CUresult fault) {
    CUdeviceptr address = 0;
    CUstream stream = nullptr;
    CUmodule module = nullptr;
    unsigned value = 0;
    EXPECT_EQ(cuCtxSynchronize(), fault);
    EXPECT_EQ(cuCtxSynchronize(), fault);
    EXPECT_EQ(cuStreamSynchronize(nullptr), fault);
    EXPECT_EQ(cuMemAlloc_v2(&address, 16), fault);
    EXPECT_EQ(cuMemFree_v2(memory_), fault);
    EXPECT_EQ(cuMemcpyDtoH_v2(&value, memory_, 4), fault);
    EXPECT_EQ(cuMemsetD32_v2(memory_, 0, 1), fault);
    EXPECT_EQ(cuStreamCreate(&stream, 0), fault);
    EXPECT_EQ(cuModuleLoadData(&module, kPtx), fault);
    EXPECT_EQ(launch(good_, 1, memory_, 1U), fault);
  }
  void SetUp() override {
    FaultTest::SetUp();
    memory_ = allocate(kSize);
    good_ = load("triple");
  }
  template <class... Parameters>
  void expect_fault(const char* kernel, CUresult fault, const char* cause, Parameters... parameters) {
    ASSERT_EQ(launch(load(kernel), 3, parameters...), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxSynchronize(), fault);
    expect_sticky(fault);
    expect_one_complaint({"kernel \"" + std::string(kernel) + "\"", cause, "in block ("});
  }

  CUdeviceptr memory_ = 0;
  CUfunction good_ = nullptr;
};

TEST_F(KernelFaultTest, KernelsAreCompiledAndNotInterpreted) {
  ASSERT_EQ(launch(good_, 1, memory_, 1U), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_THAT(logged({"info"}), testing::Contains(testing::HasSubstr("kernel \"triple\": compiled")));
}

TEST_F(KernelFaultTest, StoreToNull) {
  expect_fault("store", CUDA_ERROR_ILLEGAL_ADDRESS, "illegal address 0x0", CUdeviceptr{0});
}

TEST_F(KernelFaultTest, LoadFromNull) {
  expect_fault("load", CUDA_ERROR_ILLEGAL_ADDRESS, "illegal address 0x10", CUdeviceptr{16});
}

TEST_F(KernelFaultTest, AtomicAtNull) {
  expect_fault("add", CUDA_ERROR_ILLEGAL_ADDRESS, "illegal address 0x0", CUdeviceptr{0});
}

TEST_F(KernelFaultTest, StoreBeyondTheEndOfAnAllocation) {
  ASSERT_EQ(launch(load("store"), 1, memory_ + kSize - 4), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  expect_fault("store", CUDA_ERROR_ILLEGAL_ADDRESS, "illegal address", memory_ + kSize + 4096);
}

TEST_F(KernelFaultTest, LoadBeforeAnAllocation) {
  expect_fault("load", CUDA_ERROR_ILLEGAL_ADDRESS, "illegal address", memory_ - 4100);
}

TEST_F(KernelFaultTest, ArrayThatRunsOutOfItsAllocation) {
  ASSERT_EQ(launch(good_, kSize / 400 + 400, memory_, ~0U), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
  expect_one_complaint({"kernel \"triple\"", "illegal address"});
}

TEST_F(KernelFaultTest, AddressThatNoProcessHas) {
  expect_fault("store", CUDA_ERROR_ILLEGAL_ADDRESS, "illegal address", CUdeviceptr{0xDEAD'0000'0000'0000});
}

TEST_F(KernelFaultTest, LanesThatDoNotTakePartMayHoldAnyAddress) {
  ASSERT_EQ(cuMemsetD32_v2(memory_, 0, 64), CUDA_SUCCESS);
  ASSERT_EQ(launch(load("scatter"), 1, memory_, 21U), CUDA_SUCCESS);
  unsigned values[64] = {};
  ASSERT_EQ(cuMemcpyDtoH_v2(values, memory_, sizeof values), CUDA_SUCCESS);
  for (unsigned i = 0; i < 32; ++i) {
    EXPECT_EQ(values[2 * i], i < 21 ? i : 0);
    EXPECT_EQ(values[2 * i + 1], 0U);
  }
  EXPECT_TRUE(complaints().empty());
}

TEST_F(KernelFaultTest, OneLaneOfManyFaults) {
  expect_fault("scatter_unguarded", CUDA_ERROR_ILLEGAL_ADDRESS, "illegal address", memory_, 99U);
}

// CUDA documents 719 (launch failed) for an exception on the device that has no code of its own; 715 is for an
// instruction that the device does not know, and `trap` is one that it knows.
TEST_F(KernelFaultTest, Trap) {
  expect_fault("trap_in_thread", CUDA_ERROR_LAUNCH_FAILED, "trap", 142U);
}

TEST_F(KernelFaultTest, TrapThatNoThreadReaches) {
  ASSERT_EQ(launch(load("trap_in_thread"), 3, 1000U), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_TRUE(complaints().empty());
}

TEST_F(KernelFaultTest, Assertion) {
  expect_fault("assert_in_thread", CUDA_ERROR_ASSERT, "assertion failed", 205U);
}

// 714: "exceeding the stack size limit", as CUDA documents it.
TEST_F(KernelFaultTest, RecursionWithoutEnd) {
  expect_fault("recurse_without_end", CUDA_ERROR_HARDWARE_STACK_ERROR, "stack overflow", memory_);
}

TEST_F(KernelFaultTest, CallThroughWhatIsNoFunction) {
  expect_fault("call_pointer", CUDA_ERROR_ILLEGAL_INSTRUCTION, "illegal instruction", CUdeviceptr{0});
}

// Code for both host and device keeps calls of the host's functions, which no lane reaches.
TEST_F(KernelFaultTest, CallWhereTheModuleHasNoSuchFunction) {
  ASSERT_EQ(launch(load("call_foreign_pointer"), 1, CUdeviceptr{0}), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  expect_fault("call_foreign_pointer", CUDA_ERROR_ILLEGAL_INSTRUCTION, "illegal instruction", memory_);
}

TEST_F(KernelFaultTest, FirstOfTwoFaultsIsTold) {
  const CUfunction store = load("store"), trap = load("trap_in_thread");
  ASSERT_EQ(launch(trap, 1, 0U), CUDA_SUCCESS);
  // The second launch is refused where the first one's fault is known by then.
  EXPECT_THAT(launch(store, 1, CUdeviceptr{0}), testing::AnyOf(CUDA_SUCCESS, CUDA_ERROR_LAUNCH_FAILED));
  EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_LAUNCH_FAILED);
  expect_one_complaint({"kernel \"trap_in_thread\"", "trap"});
}

TEST_F(KernelFaultTest, OtherThreadsAndStreamsAreTold) {
  CUstream stream = nullptr;
  ASSERT_EQ(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  ASSERT_EQ(launch(load("store"), 1, CUdeviceptr{0}), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(cuStreamSynchronize(stream), CUDA_ERROR_ILLEGAL_ADDRESS);
  std::thread([&] {
    EXPECT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamSynchronize(stream), CUDA_ERROR_ILLEGAL_ADDRESS);
  }).join();
}

TEST_F(KernelFaultTest, FaultInAReplayedGraph) {
  CUstream stream = nullptr;
  ASSERT_EQ(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  CUdeviceptr null = 0;
  void* parameters[] = {&null};
  const CUfunction store = load("store");
  CUgraph graph = nullptr;
  CUgraphExec executable = nullptr;
  ASSERT_EQ(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_RELAXED), CUDA_SUCCESS);
  ASSERT_EQ(cuLaunchKernel(store, 1, 1, 1, 32, 1, 1, 0, stream, parameters, nullptr), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamEndCapture(stream, &graph), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphInstantiateWithFlags(&executable, graph, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphLaunch(executable, stream), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamSynchronize(stream), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(cuGraphLaunch(executable, stream), CUDA_ERROR_ILLEGAL_ADDRESS);
  expect_one_complaint({"kernel \"store\"", "illegal address 0x0"});
}

// A fault ends with the context it happened in, where the program made that context itself.
TEST_F(KernelFaultTest, EndsWithTheLastContext) {
  reset();
  ASSERT_EQ(cuDevicePrimaryCtxRelease_v2(0), CUDA_SUCCESS);
  CUcontext own = nullptr;
  ASSERT_EQ(cuCtxCreate_v2(&own, 0, 0), CUDA_SUCCESS);
  ASSERT_EQ(launch(load("store"), 1, CUdeviceptr{0}), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(cuCtxDestroy_v2(own), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxCreate_v2(&own, 0, 0), CUDA_SUCCESS);
  expect_right_results();
  EXPECT_EQ(cuCtxDestroy_v2(own), CUDA_SUCCESS);
}

// Calls that wait or ask, each as the first one after a faulting launch.
struct FirstCall {
  const char* name;
  CUresult (*call)(CUstream stream, CUevent event, CUdeviceptr memory);
  friend void PrintTo(const FirstCall& first, std::ostream* out) { *out << first.name; }
};

class FirstCallAfterFault : public KernelFaultTest, public testing::WithParamInterface<FirstCall> {};

TEST_P(FirstCallAfterFault, TellsTheFault) {
  const CUfunction store = load("store");
  CUevent event = nullptr;
  ASSERT_EQ(cuEventCreate(&event, 0), CUDA_SUCCESS);
  ASSERT_EQ(launch(store, 3, CUdeviceptr{0}), CUDA_SUCCESS);
  // Where the fault is known already, recording the event tells it.
  EXPECT_THAT(cuEventRecord(event, nullptr), testing::AnyOf(CUDA_SUCCESS, CUDA_ERROR_ILLEGAL_ADDRESS));
  CUresult result = CUDA_SUCCESS;
  do {
    result = GetParam().call(nullptr, event, memory_);
  } while (result == CUDA_ERROR_NOT_READY);
  EXPECT_EQ(result, CUDA_ERROR_ILLEGAL_ADDRESS);
  expect_sticky(CUDA_ERROR_ILLEGAL_ADDRESS);
  expect_one_complaint({"kernel \"store\"", "illegal address 0x0"});
}

INSTANTIATE_TEST_SUITE_P(
    Calls, FirstCallAfterFault,
    testing::Values(
        FirstCall{"CtxSynchronize", [](CUstream, CUevent, CUdeviceptr) { return cuCtxSynchronize(); }},
        FirstCall{"StreamSynchronize",
                  [](CUstream stream, CUevent, CUdeviceptr) { return cuStreamSynchronize(stream); }},
        FirstCall{"StreamQuery", [](CUstream stream, CUevent, CUdeviceptr) { return cuStreamQuery(stream); }},
        FirstCall{"EventSynchronize", [](CUstream, CUevent event, CUdeviceptr) { return cuEventSynchronize(event); }},
        FirstCall{"EventQuery", [](CUstream, CUevent event, CUdeviceptr) { return cuEventQuery(event); }},
        FirstCall{"MemcpyDtoH",
                  [](CUstream, CUevent, CUdeviceptr memory) {
                    unsigned value = 0;
                    return cuMemcpyDtoH_v2(&value, memory, 4);
                  }},
        FirstCall{"MemFree", [](CUstream, CUevent, CUdeviceptr memory) { return cuMemFree_v2(memory); }}),
    [](const auto& call) { return std::string(call.param.name); });

}  // namespace
}  // namespace vgpu::faults
