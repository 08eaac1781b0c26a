// A CUDA program as one is linked: it needs libcuda.so.1, libcudart.so.12 and libnvidia-ml.so.1, and brings libraries
// of those names in its own folder, which know no device.
#include <cstdio>
#include <cstring>

extern "C" {
int cuInit(unsigned flags);
int cuDeviceGetCount(int* count);
int cudaGetDeviceCount(int* count);
int cudaMalloc(void** address, std::size_t size);
int cudaMemset(void* address, int value, std::size_t size);
int cudaMemcpy(void* to, const void* from, std::size_t size, int kind);
const char* cudaGetErrorString(int error);
int nvmlInit_v2();
int nvmlDeviceGetCount_v2(unsigned* count);
}

int main() {
  int driver_count = 0, runtime_count = 0;
  unsigned managed_count = 0;
  if (const int error = cuInit(0); error != 0) std::printf("cuInit: %d\n", error);
  if (const int error = cudaGetDeviceCount(&runtime_count); error != 0) {
    std::printf("cudaGetDeviceCount: %s\n", cudaGetErrorString(error));
  }
  if (const int error = nvmlInit_v2(); error != 0) std::printf("nvmlInit: %d\n", error);
  cuDeviceGetCount(&driver_count);
  nvmlDeviceGetCount_v2(&managed_count);
  std::printf("devices: %d %d %u\n", driver_count, runtime_count, managed_count);

  constexpr std::size_t kSize = 1 << 20;
  static unsigned char bytes[kSize];
  void* memory = nullptr;
  constexpr int kDeviceToHost = 2;
  const bool copied = cudaMalloc(&memory, kSize) == 0 && cudaMemset(memory, 0x5a, kSize) == 0 &&
                      cudaMemcpy(bytes, memory, kSize, kDeviceToHost) == 0;
  const bool right = copied && bytes[0] == 0x5a && std::memcmp(bytes, bytes + 1, kSize - 1) == 0;
  std::printf("memory: %s\n", right ? "right" : "wrong");
  return right ? 0 : 1;
}
