#include "shims/cudart/abi.h"
#include "tests/unit/faults_program.h"

// The same faults as a program of nvcc's sees them, through the runtime API.
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
void __cudaRegisterManagedVar(void** handle, void** pointer, char* device_address, const char* name, int, std::size_t,
                              int, int);
}

namespace vgpu::faults {
namespace {

// A program's image, registered for as long as this lives.
class Program {
 public:
  Program(std::vector<std::uint64_t> image, std::vector<const char*> kernels) : image_(std::move(image)) {
    wrapper_.container = image_.data();
    handle_ = __cudaRegisterFatBinary(&wrapper_);
    stubs_.resize(kernels.size());
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      __cudaRegisterFunction(handle_, &stubs_[i], &stubs_[i], kernels[i], -1, nullptr, nullptr, nullptr, nullptr,
                             nullptr);
    }
    __cudaRegisterFatBinaryEnd(handle_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() { __cudaUnregisterFatBinary(handle_); }

  void add_managed(void** pointer, const char* name) {
    __cudaRegisterManagedVar(handle_, pointer, nullptr, name, 0, sizeof(unsigned), 0, 0);
  }
  // The host function that stands for a kernel.
  [[nodiscard]] const void* stub(std::size_t index) const { return &stubs_[index]; }

 private:
  struct Wrapper {
    std::uint32_t magic = 0x466243B1, version = 1;
    const void* container = nullptr;
    const void* unused = nullptr;
  };
  std::vector<std::uint64_t> image_;
  Wrapper wrapper_;
  void** handle_ = nullptr;
  std::vector<char> stubs_;
};

template <class... Parameters>
cudaError_t launch(const void* stub, Dimensions3 grid, Dimensions3 block, Parameters... parameters) {
  void* pointers[] = {static_cast<void*>(&parameters)..., nullptr};
  return cudaLaunchKernel(stub, grid, block, pointers, 0, nullptr);
}

class RuntimeFaultTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(cudaDeviceReset(), cudaSuccess);
    ASSERT_EQ(cudaMalloc(&memory_, kCount * 4), cudaSuccess);
    clear_log();
  }
  void TearDown() override {
    EXPECT_EQ(cudaDeviceReset(), cudaSuccess);
    EXPECT_EQ(cudaGetLastError(), cudaSuccess);
    ASSERT_EQ(cudaMalloc(&memory_, kCount * 4), cudaSuccess);
    expect_right_results();
    EXPECT_EQ(cudaDeviceReset(), cudaSuccess);
  }

  void expect_right_results() {
    ASSERT_EQ(launch(good(), {3, 1, 1}, {100, 1, 1}, memory_, kCount), cudaSuccess);
    std::vector<unsigned> values(kCount);
    ASSERT_EQ(cudaMemcpy(values.data(), memory_, kCount * 4, cudaMemcpyDefault), cudaSuccess);
    for (unsigned i = 0; i < kCount; ++i) ASSERT_EQ(values[i], 3 * i);
  }
  void expect_sticky(cudaError_t fault) {
    void* pointer = nullptr;
    EXPECT_EQ(cudaGetLastError(), fault);
    EXPECT_EQ(cudaPeekAtLastError(), fault);
    EXPECT_EQ(cudaGetLastError(), fault);
    EXPECT_EQ(cudaDeviceSynchronize(), fault);
    EXPECT_EQ(cudaStreamSynchronize(nullptr), fault);
    EXPECT_EQ(cudaMalloc(&pointer, 16), fault);
    EXPECT_EQ(cudaFree(memory_), fault);
    EXPECT_EQ(cudaMemset(memory_, 0, 4), fault);
    EXPECT_EQ(launch(good(), {1, 1, 1}, {32, 1, 1}, memory_, 1U), fault);
    char unregistered = 0;
    EXPECT_EQ(launch(&unregistered, {1, 1, 1}, {32, 1, 1}), fault);
  }
  // Told by the call, and then by cudaGetLastError once.
  void expect_once(cudaError_t result, cudaError_t expected) {
    EXPECT_EQ(result, expected);
    EXPECT_EQ(cudaPeekAtLastError(), expected);
    EXPECT_EQ(cudaGetLastError(), expected);
    EXPECT_EQ(cudaGetLastError(), cudaSuccess);
    EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    expect_right_results();
  }
  static void expect_one_complaint(const std::vector<std::string>& words) {
    const auto lines = complaints();
    ASSERT_EQ(lines.size(), 1U) << testing::PrintToString(lines);
    for (const std::string& word : words) EXPECT_THAT(lines[0], testing::HasSubstr(word));
  }

  [[nodiscard]] const void* good() const { return program_.stub(0); }
  [[nodiscard]] const void* store() const { return program_.stub(1); }
  [[nodiscard]] const void* trap() const { return program_.stub(2); }
  [[nodiscard]] const void* assertion() const { return program_.stub(3); }
  [[nodiscard]] const void* missing() const { return program_.stub(4); }

  static constexpr unsigned kCount = 250;
  const Program program_{container_of(kPtx),
                         {"triple", "store", "trap_in_thread", "assert_in_thread", "nothing_like_it"}};
  void* memory_ = nullptr;
};

TEST_F(RuntimeFaultTest, IllegalAddress) {
  ASSERT_EQ(launch(store(), {3, 1, 1}, {100, 1, 1}, nullptr), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
  expect_sticky(cudaErrorIllegalAddress);
  expect_one_complaint({"kernel \"store\"", "illegal address 0x0"});
}

TEST_F(RuntimeFaultTest, Trap) {
  ASSERT_EQ(launch(trap(), {3, 1, 1}, {100, 1, 1}, 7U), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(nullptr), cudaErrorLaunchFailure);
  expect_sticky(cudaErrorLaunchFailure);
  expect_one_complaint({"kernel \"trap_in_thread\"", "trap in block (0, 0, 0)"});
}

TEST_F(RuntimeFaultTest, Assertion) {
  ASSERT_EQ(launch(assertion(), {3, 1, 1}, {100, 1, 1}, 205U), cudaSuccess);
  unsigned value = 0;
  EXPECT_EQ(cudaMemcpy(&value, memory_, 4, cudaMemcpyDeviceToHost), cudaErrorAssert);
  expect_sticky(cudaErrorAssert);
  expect_one_complaint({"kernel \"assert_in_thread\"", "assertion failed in block (2, 0, 0)"});
}

TEST_F(RuntimeFaultTest, KernelFirstUsedAfterAFault) {
  const Program other{container_of(kPtx), {"triple"}};
  ASSERT_EQ(launch(store(), {1, 1, 1}, {1, 1, 1}, nullptr), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
  EXPECT_EQ(launch(other.stub(0), {1, 1, 1}, {1, 1, 1}, memory_, 1U), cudaErrorIllegalAddress);
  ASSERT_EQ(cudaDeviceReset(), cudaSuccess);
  ASSERT_EQ(cudaMalloc(&memory_, kCount * 4), cudaSuccess);
  EXPECT_EQ(launch(other.stub(0), {1, 1, 1}, {1, 1, 1}, memory_, 1U), cudaSuccess);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
}

// Managed variables are pointed to when their image is first used: here that is refused at first, and a reset ends the
// variable that was pointed to.
TEST_F(RuntimeFaultTest, ManagedVariablesOutliveFaultsAndResets) {
  const std::string text =
      ".version 7.0\n.target sm_60\n.address_size 64\n"
      ".visible .global .attribute(.managed) .align 4 .u32 counter = 5;\n"
      ".visible .entry increase()\n{\n  .reg .b32 %r<2>;\n"
      "  atom.global.add.u32 %r1, [counter], 1;\n  ret;\n}\n";
  Program program{container_of(text), {"increase"}};
  void* counter = nullptr;
  program.add_managed(&counter, "counter");
  ASSERT_EQ(launch(store(), {1, 1, 1}, {1, 1, 1}, nullptr), cudaSuccess);
  ASSERT_EQ(cudaDeviceSynchronize(), cudaErrorIllegalAddress);
  EXPECT_EQ(launch(program.stub(0), {2, 1, 1}, {40, 1, 1}), cudaErrorIllegalAddress);
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(cudaDeviceReset(), cudaSuccess);
    ASSERT_EQ(launch(program.stub(0), {2, 1, 1}, {40, 1, 1}), cudaSuccess);
    ASSERT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    ASSERT_NE(counter, nullptr);
    EXPECT_EQ(*static_cast<const unsigned*>(counter), 85U);
  }
}

TEST_F(RuntimeFaultTest, ShapesThatCannotBe) {
  for (const auto& [grid, block] :
       {std::pair{Dimensions3{1, 1, 1}, Dimensions3{2048, 1, 1}},
        std::pair{Dimensions3{1, 1, 1}, Dimensions3{1, 1, 65}}, std::pair{Dimensions3{0, 1, 1}, Dimensions3{32, 1, 1}},
        std::pair{Dimensions3{1, 1, 1}, Dimensions3{32, 0, 1}},
        std::pair{Dimensions3{1, 65536, 1}, Dimensions3{32, 1, 1}}}) {
    clear_log();
    expect_once(launch(store(), grid, block, memory_), cudaErrorInvalidConfiguration);
    expect_one_complaint({"kernel \"store\"", "not launched"});
  }
  void* parameters[] = {&memory_};
  expect_once(cudaLaunchKernel(store(), {1, 1, 1}, {1, 1, 1}, parameters, 1 << 20, nullptr), cudaErrorInvalidValue);
}

TEST_F(RuntimeFaultTest, StubsWithoutKernel) {
  char unregistered = 0;
  expect_once(launch(missing(), {1, 1, 1}, {32, 1, 1}), cudaErrorInvalidDeviceFunction);
  expect_one_complaint({"kernel \"nothing_like_it\"", "not in its module"});
  expect_once(launch(&unregistered, {1, 1, 1}, {32, 1, 1}), cudaErrorInvalidDeviceFunction);
  expect_once(launch(nullptr, {1, 1, 1}, {32, 1, 1}), cudaErrorInvalidDeviceFunction);
}

TEST_F(RuntimeFaultTest, ImagesThatCannotBeUsed) {
  const std::string head = ".version 7.0\n.target sm_60\n.address_size 64\n";
  const Program newer{container_of(kPtx, 1, 999), {"triple"}};
  const Program machine_code{container_of("\x7f"
                                          "ELF",
                                          2, 60),
                             {"triple"}};
  const Program malformed{container_of(head + ".visible .entry triple("), {"triple"}};
  const Program unknown{container_of(head + ".visible .entry triple()\n{\n  frobnicate;\n  ret;\n}\n"), {"triple"}};
  auto image = container_of(kPtx);
  image[7] = 0x2011;
  const Program damaged{image, {"triple"}};
  const auto expect_refusal = [&](const Program& program, cudaError_t error, const char* cause) {
    clear_log();
    expect_once(launch(program.stub(0), {1, 1, 1}, {32, 1, 1}, memory_, 1U), error);
    expect_once(launch(program.stub(0), {1, 1, 1}, {32, 1, 1}, memory_, 1U), error);
    expect_one_complaint({cause});
  };
  expect_refusal(newer, cudaErrorNoKernelImageForDevice, "PTX 999");
  expect_refusal(machine_code, cudaErrorNoKernelImageForDevice, "SASS 60");
  expect_refusal(malformed, cudaErrorInvalidPtx, "module: ");
  expect_refusal(unknown, cudaErrorInvalidPtx, "kernel \"triple\": ");
  expect_refusal(damaged, cudaErrorInvalidKernelImage, "module: ");
}

TEST_F(RuntimeFaultTest, MoreMemoryThanTheDeviceHas) {
  std::size_t free = 0, total = 0;
  ASSERT_EQ(cudaMemGetInfo(&free, &total), cudaSuccess);
  void* pointer = nullptr;
  expect_once(cudaMalloc(&pointer, total + 1), cudaErrorMemoryAllocation);
  EXPECT_EQ(pointer, nullptr);
  expect_one_complaint({"allocation of " + std::to_string(total + 1) + " bytes"});
}

TEST_F(RuntimeFaultTest, InventedHandles) {
  unsigned storage[64] = {};
  const auto stream = reinterpret_cast<CUstream>(storage);
  const auto event = reinterpret_cast<CUevent>(storage);
  expect_once(cudaStreamSynchronize(stream), cudaErrorInvalidResourceHandle);
  expect_once(cudaStreamDestroy(stream), cudaErrorInvalidResourceHandle);
  expect_once(cudaEventRecord(event, nullptr), cudaErrorInvalidResourceHandle);
  expect_once(cudaEventDestroy(event), cudaErrorInvalidResourceHandle);
  expect_once(cudaFree(storage), cudaErrorInvalidValue);
}

}  // namespace
}  // namespace vgpu::faults
