#include <array>

#include "tests/unit/faults_program.h"

// What is refused by the call itself: its error is told once, and the device goes on working.
namespace vgpu::faults {
namespace {

class RefusalTest : public FaultTest {
 protected:
  // Errors of calls do not stay.
  void TearDown() override {
    EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
    expect_right_results();
    FaultTest::TearDown();
  }
  template <class Image>
  static CUresult load_image(const Image& image) {
    CUmodule module = nullptr;
    const CUresult result = cuModuleLoadData(&module, image.data());
    EXPECT_EQ(module == nullptr, result != CUDA_SUCCESS);
    return result;
  }
};

const std::string kHead = ".version 7.0\n.target sm_60\n.address_size 64\n";
const std::string kUnknownOpcode = kHead + ".visible .entry strange()\n{\n  .reg .b32 %r<2>;\n" +
                                   "  frobnicate.b32 %r1, %r1;\n  ret;\n}\n.visible .entry fine()\n{\n  ret;\n}\n";

TEST_F(RefusalTest, UnknownOpcode) {
  CUmodule module = nullptr;
  ASSERT_EQ(cuModuleLoadData(&module, kUnknownOpcode.c_str()), CUDA_SUCCESS);
  CUfunction function = nullptr;
  EXPECT_EQ(cuModuleGetFunction(&function, module, "strange"), CUDA_ERROR_INVALID_PTX);
  EXPECT_EQ(cuModuleGetFunction(&function, module, "strange"), CUDA_ERROR_INVALID_PTX);
  EXPECT_EQ(function, nullptr);
  expect_one_complaint({"kernel \"strange\"", "frobnicate"});
  ASSERT_EQ(cuModuleGetFunction(&function, module, "fine"), CUDA_SUCCESS);
  EXPECT_EQ(cuLaunchKernel(function, 1, 1, 1, 32, 1, 1, 0, nullptr, nullptr, nullptr), CUDA_SUCCESS);
}

TEST_F(RefusalTest, MalformedPtx) {
  for (const std::string& text :
       {kHead + ".visible .entry broken(", kHead + ".visible .entry broken()\n{\n  ret;\n",
        kHead + ".visible .what broken()\n{\n}\n", std::string(".version\n.target sm_60\n")}) {
    clear_log();
    EXPECT_EQ(load_image(text), CUDA_ERROR_INVALID_PTX) << text;
    expect_one_complaint({"module: "});
  }
}

TEST_F(RefusalTest, MalformedBody) {
  CUmodule module = nullptr;
  const std::string text = kHead + ".visible .entry broken()\n{\n  mov.u32 %r1, ;\n  ret;\n}\n";
  ASSERT_EQ(cuModuleLoadData(&module, text.c_str()), CUDA_SUCCESS);
  CUfunction function = nullptr;
  EXPECT_EQ(cuModuleGetFunction(&function, module, "broken"), CUDA_ERROR_INVALID_PTX);
  expect_one_complaint({"kernel \"broken\"", "line "});
}

TEST_F(RefusalTest, NeitherPtxNorFatbin) {
  EXPECT_EQ(load_image(std::string("What is this?")), CUDA_ERROR_INVALID_IMAGE);
  expect_one_complaint({"module: ", "neither"});
  CUmodule module = nullptr;
  EXPECT_EQ(cuModuleLoadData(&module, nullptr), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuModuleLoad(&module, "/nowhere/at/all"), CUDA_ERROR_FILE_NOT_FOUND);
}

TEST_F(RefusalTest, PtxForNewerDevicesOnly) {
  EXPECT_EQ(load_image(container_of(kPtx, 1, 999)), CUDA_ERROR_NO_BINARY_FOR_GPU);
  expect_one_complaint({"module: no PTX", "PTX 999"});
}

TEST_F(RefusalTest, MachineCodeOnly) {
  EXPECT_EQ(load_image(container_of("\x7f"
                                    "ELF",
                                    2, 60)),
            CUDA_ERROR_NO_BINARY_FOR_GPU);
  expect_one_complaint({"module: no PTX", "SASS 60"});
  clear_log();
  EXPECT_EQ(load_image(std::string("\x7f"
                                   "ELF\2\1\1")),
            CUDA_ERROR_NO_BINARY_FOR_GPU);
  expect_one_complaint({"module: machine code"});
}

TEST_F(RefusalTest, DamagedFatbin) {
  const auto good = container_of(kPtx);
  ASSERT_EQ(load_image(good), CUDA_SUCCESS);
  const auto expect_damaged = [&](std::size_t word, std::uint64_t value) {
    clear_log();
    auto damaged = good;
    damaged[word] = value;
    EXPECT_EQ(load_image(damaged), CUDA_ERROR_INVALID_IMAGE) << "word " << word;
    expect_one_complaint({"module: "});
  };
  expect_damaged(0, good[0] & 0xFFFFFFFF);                             // no version, no size of the head
  expect_damaged(1, ~std::uint64_t{0});                                // larger than memory
  expect_damaged(2, (good[2] & 0xFFFFFFFF) | std::uint64_t{1} << 60);  // an image's head beyond the container
  expect_damaged(3, good[3] + 4096);                                   // an image that leaves the container
  expect_damaged(7, 0x2011);                                           // says LZ4, and is not
}

TEST_F(RefusalTest, FileThatIsCutOff) {
  const auto image = container_of(kPtx);
  const std::string path = log_file.path + ".fatbin";
  const auto load_first = [&](std::size_t size) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(image.data()), static_cast<std::streamsize>(size));
    CUmodule module = nullptr;
    return cuModuleLoad(&module, path.c_str());
  };
  EXPECT_EQ(load_first(image.size() * sizeof image[0]), CUDA_SUCCESS);
  for (const std::size_t size : {std::size_t{0}, std::size_t{3}, std::size_t{12}, std::size_t{16}, std::size_t{100},
                                 image.size() * sizeof image[0] - 8}) {
    clear_log();
    EXPECT_EQ(load_first(size), CUDA_ERROR_INVALID_IMAGE) << size;
    expect_one_complaint({"module: "});
  }
  ::unlink(path.c_str());
}

TEST_F(RefusalTest, UnknownKernel) {
  CUmodule module = nullptr;
  ASSERT_EQ(cuModuleLoadData(&module, kPtx), CUDA_SUCCESS);
  CUfunction function = nullptr;
  EXPECT_EQ(cuModuleGetFunction(&function, module, "nothing_like_it"), CUDA_ERROR_NOT_FOUND);
  expect_one_complaint({"kernel \"nothing_like_it\"", "not in its module"});
}

struct Shape {
  const char* name;
  std::array<unsigned, 3> grid, block;
  unsigned shared;
  const char* reason;
  friend void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }
};

class LaunchShape : public RefusalTest, public testing::WithParamInterface<Shape> {};

// The documentation of cuLaunchKernel has 1 (invalid value) for all of these; 701 is for kernels that are themselves
// too large for the block: see below.
TEST_P(LaunchShape, IsRefusedOnce) {
  const auto& [name, grid, block, shared, reason] = GetParam();
  CUdeviceptr memory = allocate(4);
  void* parameters[] = {&memory};
  EXPECT_EQ(cuLaunchKernel(load("store"), grid[0], grid[1], grid[2], block[0], block[1], block[2], shared, nullptr,
                           parameters, nullptr),
            CUDA_ERROR_INVALID_VALUE);
  expect_one_complaint({"kernel \"store\"", "not launched", reason});
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, LaunchShape,
    testing::Values(Shape{"ThreadsInX", {1, 1, 1}, {1025, 1, 1}, 0, "block (1025, 1, 1)"},
                    Shape{"ThreadsInY", {1, 1, 1}, {1, 1025, 1}, 0, "block (1, 1025, 1)"},
                    Shape{"ThreadsInZ", {1, 1, 1}, {1, 1, 65}, 0, "block (1, 1, 65)"},
                    Shape{"ThreadsTogether", {1, 1, 1}, {32, 32, 2}, 0, "2048 threads in a block"},
                    Shape{"GridX", {1U << 31, 1, 1}, {1, 1, 1}, 0, "grid (2147483648, 1, 1)"},
                    Shape{"GridY", {1, 65536, 1}, {1, 1, 1}, 0, "grid (1, 65536, 1)"},
                    Shape{"GridZ", {1, 1, 65536}, {1, 1, 1}, 0, "grid (1, 1, 65536)"},
                    Shape{"NoBlock", {0, 1, 1}, {1, 1, 1}, 0, "empty"},
                    Shape{"NoBlockInZ", {1, 1, 0}, {1, 1, 1}, 0, "empty"},
                    Shape{"NoThread", {1, 1, 1}, {1, 0, 1}, 0, "empty"},
                    Shape{"SharedMemory", {1, 1, 1}, {1, 1, 1}, 48 * 1024 + 1, "dynamic shared memory"}),
    [](const auto& shape) { return std::string(shape.param.name); });

TEST_F(RefusalTest, MoreThreadsThanTheKernelIsBuiltFor) {
  EXPECT_EQ(launch(load("bounded"), 1, CUdeviceptr{0}), CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
  expect_one_complaint({"kernel \"bounded\"", "100 threads in a block, built for 64"});
}

TEST_F(RefusalTest, DynamicSharedMemoryBeyondTheLimitThatWasRaised) {
  constexpr int kMaximumDynamicShared = 8, kMaximumSharedOptin = 97;
  int limit = 0;
  ASSERT_EQ(cuDeviceGetAttribute(&limit, kMaximumSharedOptin, 0), CUDA_SUCCESS);
  const auto bytes = static_cast<unsigned>(limit);
  CUdeviceptr memory = allocate(4);
  void* parameters[] = {&memory};
  const CUfunction store = load("store");
  EXPECT_EQ(cuFuncSetAttribute(store, kMaximumDynamicShared, limit + 1), CUDA_ERROR_INVALID_VALUE);
  ASSERT_EQ(cuFuncSetAttribute(store, kMaximumDynamicShared, limit), CUDA_SUCCESS);
  EXPECT_EQ(cuLaunchKernel(store, 1, 1, 1, 1, 1, 1, bytes, nullptr, parameters, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuLaunchKernel(store, 1, 1, 1, 1, 1, 1, bytes + 1, nullptr, parameters, nullptr), CUDA_ERROR_INVALID_VALUE);
  expect_one_complaint({"kernel \"store\"", "at most " + std::to_string(bytes)});
}

TEST_F(RefusalTest, MissingParameters) {
  const CUfunction store = load("store");
  EXPECT_EQ(cuLaunchKernel(store, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr), CUDA_ERROR_INVALID_VALUE);
  expect_one_complaint({"kernel \"store\"", "parameters"});
}

TEST_F(RefusalTest, MoreMemoryThanTheDeviceHas) {
  std::size_t free = 0, total = 0;
  ASSERT_EQ(cuMemGetInfo_v2(&free, &total), CUDA_SUCCESS);
  CUdeviceptr address = 0, second = 0;
  EXPECT_EQ(cuMemAlloc_v2(&address, total + 1), CUDA_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(address, 0U);
  expect_one_complaint({"allocation of " + std::to_string(total + 1) + " bytes"});
  clear_log();
  EXPECT_EQ(cuMemAlloc_v2(&address, ~std::size_t{0}), CUDA_ERROR_OUT_OF_MEMORY);
  ASSERT_EQ(cuMemAlloc_v2(&address, total / 2), CUDA_SUCCESS);
  EXPECT_EQ(cuMemAlloc_v2(&second, total / 2 + 4096), CUDA_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(cuMemFree_v2(address), CUDA_SUCCESS);
  EXPECT_EQ(cuMemAlloc_v2(&second, total / 2 + 4096), CUDA_SUCCESS);
  std::size_t after = 0;
  EXPECT_EQ(cuMemFree_v2(second), CUDA_SUCCESS);
  ASSERT_EQ(cuMemGetInfo_v2(&after, &total), CUDA_SUCCESS);
  EXPECT_EQ(after, free);
  EXPECT_EQ(cuMemAlloc_v2(&address, 0), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(RefusalTest, InventedHandles) {
  CUdeviceptr memory = allocate(4);
  void* parameters[] = {&memory};
  unsigned storage[64] = {};
  const auto invented = [&]<class Handle>(Handle*) { return reinterpret_cast<Handle>(storage); };
  const auto module = invented(static_cast<CUmodule*>(nullptr));
  const auto function = invented(static_cast<CUfunction*>(nullptr));
  const auto stream = invented(static_cast<CUstream*>(nullptr));
  const auto event = invented(static_cast<CUevent*>(nullptr));
  CUfunction found = nullptr;
  int value = 0;
  EXPECT_EQ(cuModuleGetFunction(&found, module, "store"), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuModuleGetFunction(&found, nullptr, "store"), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuModuleUnload(module), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuFuncGetAttribute(&value, 0, function), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, nullptr, parameters, nullptr), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuLaunchKernel(nullptr, 1, 1, 1, 1, 1, 1, 0, nullptr, parameters, nullptr), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuLaunchKernel(load("store"), 1, 1, 1, 1, 1, 1, 0, stream, parameters, nullptr), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuStreamSynchronize(stream), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuStreamQuery(stream), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuStreamDestroy_v2(stream), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuEventRecord(event, nullptr), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuEventSynchronize(event), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuEventDestroy_v2(event), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuCtxSetCurrent(reinterpret_cast<CUcontext>(storage)), CUDA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(cuCtxDestroy_v2(reinterpret_cast<CUcontext>(storage)), CUDA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(cuMemFree_v2(memory + 4), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemFree_v2(reinterpret_cast<CUdeviceptr>(storage)), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(RefusalTest, DestroyedObjects) {
  CUstream stream = nullptr;
  CUevent event = nullptr;
  CUmodule module = nullptr;
  CUfunction function = nullptr;
  CUdeviceptr memory = allocate(4);
  void* parameters[] = {&memory};
  ASSERT_EQ(cuStreamCreate(&stream, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuEventCreate(&event, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuModuleLoadData(&module, kPtx), CUDA_SUCCESS);
  ASSERT_EQ(cuModuleGetFunction(&function, module, "store"), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamDestroy_v2(stream), CUDA_SUCCESS);
  ASSERT_EQ(cuEventDestroy_v2(event), CUDA_SUCCESS);
  ASSERT_EQ(cuModuleUnload(module), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamSynchronize(stream), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuStreamDestroy_v2(stream), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuEventRecord(event, nullptr), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuEventDestroy_v2(event), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuModuleGetFunction(&function, module, "store"), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuModuleUnload(module), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, nullptr, parameters, nullptr), CUDA_ERROR_INVALID_HANDLE);
  ASSERT_EQ(cuMemFree_v2(memory), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFree_v2(memory), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(RefusalTest, DestroyedContext) {
  CUcontext own = nullptr;
  CUstream stream = nullptr;
  CUdeviceptr address = 0;
  ASSERT_EQ(cuCtxCreate_v2(&own, 0, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamCreate(&stream, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxPushCurrent_v2(context_), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxDestroy_v2(own), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSetCurrent(own), CUDA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(cuCtxPushCurrent_v2(own), CUDA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(cuCtxDestroy_v2(own), CUDA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(cuStreamSynchronize(stream), CUDA_ERROR_INVALID_HANDLE);
  // It is still what lies below on this thread's stack.
  ASSERT_EQ(cuCtxPopCurrent_v2(nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuMemAlloc_v2(&address, 16), CUDA_ERROR_CONTEXT_IS_DESTROYED);
  ASSERT_EQ(cuCtxPopCurrent_v2(nullptr), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSetCurrent(nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuMemAlloc_v2(&address, 16), CUDA_ERROR_INVALID_CONTEXT);
  ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
}

TEST_F(RefusalTest, CopiesOutOfBounds) {
  const CUdeviceptr memory = allocate(64);
  unsigned host[32] = {};
  EXPECT_EQ(cuMemcpyDtoH_v2(host, memory, 128), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemcpyHtoD_v2(memory + 32, host, 64), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemcpyHtoD_v2(memory, nullptr, 64), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemcpyDtoH_v2(nullptr, memory, 64), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemsetD8_v2(memory, 0, 65), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemsetD8_v2(0, 0, 4), CUDA_ERROR_INVALID_VALUE);
}

}  // namespace
}  // namespace vgpu::faults
