// cuda_context: makes a context with libcuda.so.1, copies memory to the device and back by every way that needs no
// kernel, and then launches one. Prints a line for each step; ends with 1 when a step fails. The library is opened by
// name, so this builds without any library of CUDA.
#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr std::size_t kBytes = std::size_t{1} << 20;

// An entry that adds 1 to a word.
constexpr const char* kModule = R"(.version 7.0
.target sm_60
.address_size 64
.visible .entry add_one(.param .u64 word) {
  .reg .b32 %r<3>;
  .reg .b64 %rd<3>;
  ld.param.u64 %rd1, [word];
  cvta.to.global.u64 %rd2, %rd1;
  ld.global.u32 %r1, [%rd2];
  add.u32 %r2, %r1, 1;
  st.global.u32 [%rd2], %r2;
  ret;
}
)";

void* library = nullptr;

template <class... Arguments>
int result_of(const char* name, Arguments... arguments) {
  const auto function = reinterpret_cast<int (*)(Arguments...)>(::dlsym(library, name));
  if (function == nullptr) {
    std::printf("%s\n", ::dlerror());
    std::exit(1);
  }
  return function(arguments...);
}

template <class... Arguments>
void call(const char* name, Arguments... arguments) {
  const int result = result_of(name, arguments...);
  if (result == 0) return;
  std::printf("%s: CUDA error %d\n", name, result);
  std::exit(1);
}

void expect_equal(const char* what, const void* left, const void* right) {
  const bool equal = std::memcmp(left, right, kBytes) == 0;
  std::printf("%s: %s\n", what, equal ? "equal" : "different");
  if (!equal) std::exit(1);
}

}  // namespace

int main() {
  library = ::dlopen("libcuda.so.1", RTLD_NOW);
  if (library == nullptr) {
    std::printf("%s\n", ::dlerror());
    return 1;
  }
  int device = 0;
  void* context = nullptr;
  std::uint64_t memory = 0;
  call("cuInit", 0u);
  call("cuDeviceGet", &device, 0);
  call("cuCtxCreate_v2", &context, 0u, device);
  call("cuMemAlloc_v2", &memory, kBytes);
  std::printf("context: made\n");

  std::vector<std::uint32_t> sent(kBytes / 4), received(kBytes / 4);
  for (std::size_t index = 0; index < sent.size(); ++index)
    sent[index] = static_cast<std::uint32_t>(index * 2654435761u);
  call("cuMemcpyHtoD_v2", memory, static_cast<const void*>(sent.data()), kBytes);
  call("cuMemcpyDtoH_v2", static_cast<void*>(received.data()), memory, kBytes);
  expect_equal("copy", sent.data(), received.data());

  void *stream = nullptr, *begin = nullptr, *end = nullptr, *pinned = nullptr;
  float milliseconds = -1;
  call("cuStreamCreate", &stream, 1u);
  call("cuEventCreate", &begin, 0u);
  call("cuEventCreate", &end, 0u);
  call("cuMemHostAlloc", &pinned, kBytes, 0u);
  call("cuEventRecord", begin, stream);
  for (auto& word : sent) word ^= 0x5a5a5a5a;
  std::memcpy(pinned, sent.data(), kBytes);
  call("cuMemcpyHtoDAsync_v2", memory, static_cast<const void*>(pinned), kBytes, stream);
  call("cuStreamSynchronize", stream);
  std::memset(pinned, 0, kBytes);
  call("cuMemcpyDtoHAsync_v2", pinned, memory, kBytes, stream);
  call("cuEventRecord", end, stream);
  call("cuEventSynchronize", end);
  call("cuEventElapsedTime", &milliseconds, begin, end);
  expect_equal("copy in a stream", sent.data(), pinned);
  std::printf("time of the stream: %s\n", milliseconds > 0 && milliseconds < 10000 ? "plausible" : "not plausible");
  call("cuMemFreeHost", pinned);

  void *module = nullptr, *function = nullptr;
  call("cuModuleLoadData", &module, static_cast<const void*>(kModule));
  call("cuModuleGetFunction", &function, module, "add_one");
  void* arguments[] = {&memory};
  call("cuLaunchKernel", function, 1u, 1u, 1u, 1u, 1u, 1u, 0u, static_cast<void*>(nullptr), &arguments[0],
       static_cast<void**>(nullptr));
  std::printf("kernel: CUDA error %d\n", result_of("cuCtxSynchronize"));
  std::printf("context after that: CUDA error %d\n", result_of("cuMemFree_v2", memory));
  call("cuCtxDestroy_v2", context);
  return 0;
}
