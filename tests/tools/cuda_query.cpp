// cuda_query [LIBRARY]: what libcuda.so.1, or another library of that interface, says of each device. It is opened by
// name, so this builds without any library of CUDA.
#include <dlfcn.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace {

// CU_DEVICE_ATTRIBUTE_… of cuda.h.
enum Attribute : int {
  kMaxThreadsPerBlock = 1,
  kSharedMemoryPerBlock = 8,
  kWarpSize = 10,
  kRegistersPerBlock = 12,
  kClockRate = 13,
  kMultiprocessors = 16,
  kPciBus = 33,
  kPciDevice = 34,
  kMemoryClockRate = 36,
  kMemoryBusWidth = 37,
  kL2CacheSize = 38,
  kThreadsPerMultiprocessor = 39,
  kPciDomain = 50,
  kMajor = 75,
  kMinor = 76,
  kSharedMemoryPerMultiprocessor = 81,
};

void* library = nullptr;

void check(const char* what, int result) {
  if (result == 0) return;
  std::fprintf(stderr, "%s: CUDA error %d\n", what, result);
  std::exit(1);
}

template <class... Arguments>
void call(const char* name, Arguments... arguments) {
  const auto function = reinterpret_cast<int (*)(Arguments...)>(::dlsym(library, name));
  if (function == nullptr) {
    std::fprintf(stderr, "%s\n", ::dlerror());
    std::exit(1);
  }
  check(name, function(arguments...));
}

int attribute(int device, Attribute which) {
  int value = 0;
  call("cuDeviceGetAttribute", &value, static_cast<int>(which), device);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  library = ::dlopen(argc > 1 ? argv[1] : "libcuda.so.1", RTLD_NOW);
  if (library == nullptr) {
    std::fprintf(stderr, "%s\n", ::dlerror());
    return 1;
  }
  call("cuInit", 0u);
  int version = 0, count = 0;
  call("cuDriverGetVersion", &version);
  call("cuDeviceGetCount", &count);
  std::printf("CUDA %d.%d, devices: %d\n", version / 1000, version % 1000 / 10, count);
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    int device = 0;
    char name[256] = "", bus[32] = "";
    std::size_t memory = 0;
    call("cuDeviceGet", &device, ordinal);
    call("cuDeviceGetName", &name[0], static_cast<int>(sizeof name), device);
    call("cuDeviceTotalMem_v2", &memory, device);
    call("cuDeviceGetPCIBusId", &bus[0], static_cast<int>(sizeof bus), device);
    std::printf("%d: %s, capability %d.%d, %d multiprocessors, %zu bytes, at %s\n", ordinal, name,
                attribute(device, kMajor), attribute(device, kMinor), attribute(device, kMultiprocessors), memory, bus);
    std::printf("   clock %d kHz, memory clock %d kHz, bus %d bits, L2 %d bytes\n", attribute(device, kClockRate),
                attribute(device, kMemoryClockRate), attribute(device, kMemoryBusWidth),
                attribute(device, kL2CacheSize));
    std::printf("   block: %d threads, %d registers, %d bytes shared; multiprocessor: %d threads, %d bytes shared\n",
                attribute(device, kMaxThreadsPerBlock), attribute(device, kRegistersPerBlock),
                attribute(device, kSharedMemoryPerBlock), attribute(device, kThreadsPerMultiprocessor),
                attribute(device, kSharedMemoryPerMultiprocessor));
    std::printf("   warp of %d, PCI %x:%x.%x\n", attribute(device, kWarpSize), attribute(device, kPciDomain),
                attribute(device, kPciBus), attribute(device, kPciDevice));
  }
  return 0;
}
