// An ordinary CUDA driver program, as a container's application: finds the device and adds two vectors on it. It opens
// libcuda.so.1 by name, so it builds without any library of CUDA.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

namespace {

constexpr int kCount = 1000;

const char kProgram[] =
    ".version 6.0\n.target sm_50\n.address_size 64\n"
    ".visible .entry add(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 n) {\n"
    "  .reg .pred %p1; .reg .b32 %r<6>; .reg .f32 %f<4>; .reg .b64 %rd<8>;\n"
    "  ld.param.u64 %rd1, [a]; ld.param.u64 %rd2, [b]; ld.param.u64 %rd3, [c]; ld.param.u32 %r1, [n];\n"
    "  mov.u32 %r2, %ctaid.x; mov.u32 %r3, %ntid.x; mov.u32 %r4, %tid.x; mad.lo.s32 %r5, %r2, %r3, %r4;\n"
    "  setp.ge.u32 %p1, %r5, %r1; @%p1 bra done;\n"
    "  mul.wide.u32 %rd4, %r5, 4; add.s64 %rd5, %rd1, %rd4; add.s64 %rd6, %rd2, %rd4; add.s64 %rd7, %rd3, %rd4;\n"
    "  ld.global.f32 %f1, [%rd5]; ld.global.f32 %f2, [%rd6]; add.f32 %f3, %f1, %f2; st.global.f32 [%rd7], %f3;\n"
    "done:\n  ret;\n}\n";

void* library = nullptr;

void* function(const char* name) {
  void* address = dlsym(library, name);
  if (address == nullptr) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  return address;
}

void check(const char* what, int result) {
  if (result == 0) return;
  fprintf(stderr, "%s: CUDA error %d\n", what, result);
  exit(1);
}

#define CALL(name, parameters, ...) check(#name, reinterpret_cast<int(*) parameters>(function(#name))(__VA_ARGS__))

}  // namespace

int main() {
  library = dlopen("libcuda.so.1", RTLD_NOW);
  if (library == nullptr) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  int devices = 0;
  int device = 0;
  char name[256] = "";
  size_t memory = 0;
  CALL(cuInit, (unsigned), 0);
  CALL(cuDeviceGetCount, (int*), &devices);
  CALL(cuDeviceGet, (int*, int), &device, 0);
  CALL(cuDeviceGetName, (char*, int, int), name, sizeof name, device);
  CALL(cuDeviceTotalMem_v2, (size_t*, int), &memory, device);
  printf("devices: %d\nname: %s\nmemory: %zu\n", devices, name, memory);

  void* context = nullptr;
  void* module = nullptr;
  void* add = nullptr;
  CALL(cuCtxCreate_v2, (void**, unsigned, int), &context, 0, device);
  CALL(cuModuleLoadData, (void**, const void*), &module, kProgram);
  CALL(cuModuleGetFunction, (void**, void*, const char*), &add, module, "add");

  static float a[kCount], b[kCount], c[kCount];
  for (int i = 0; i < kCount; ++i) {
    a[i] = static_cast<float>(i);
    b[i] = static_cast<float>(2 * i);
  }
  unsigned long long device_a = 0, device_b = 0, device_c = 0;
  unsigned count = kCount;
  CALL(cuMemAlloc_v2, (unsigned long long*, size_t), &device_a, sizeof a);
  CALL(cuMemAlloc_v2, (unsigned long long*, size_t), &device_b, sizeof b);
  CALL(cuMemAlloc_v2, (unsigned long long*, size_t), &device_c, sizeof c);
  CALL(cuMemcpyHtoD_v2, (unsigned long long, const void*, size_t), device_a, a, sizeof a);
  CALL(cuMemcpyHtoD_v2, (unsigned long long, const void*, size_t), device_b, b, sizeof b);
  void* parameters[] = {&device_a, &device_b, &device_c, &count};
  CALL(cuLaunchKernel,
       (void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void*, void**, void**), add,
       (kCount + 255) / 256, 1, 1, 256, 1, 1, 0, nullptr, parameters, nullptr);
  CALL(cuMemcpyDtoH_v2, (void*, unsigned long long, size_t), c, device_c, sizeof c);
  int wrong = 0;
  for (int i = 0; i < kCount; ++i) wrong += c[i] != static_cast<float>(3 * i);
  printf("sum: %s\n", wrong == 0 ? "right" : "wrong");
  return wrong != 0;
}
