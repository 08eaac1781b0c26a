// Generation 3's second program, and what the other tests ask.
#include <string>

#include "generations.h"
#include "library.h"
#include "report.h"

namespace probe {
namespace {

std::string driver_version(const Library& nvml) {
  char version[80] = "";
  nvml.call("nvmlSystemGetDriverVersion", version, 80u);
  return version;
}

}  // namespace

int ask_driver() {
  const Library cuda("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  int count = 0, version = 0;
  cuda.call("cuInit", 0u);
  cuda.call("cuDriverGetVersion", &version);
  const Library nvml("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
  nvml.call("nvmlInit_v2");
  const std::string driver = driver_version(nvml);
  cuda.call("cuDeviceGetCount", &count);
  print_count(static_cast<unsigned long>(count));
  for (int index = 0; index < count; ++index) {
    Device device;
    int handle = -1, integrated = -1;
    char name[128] = "", pci_id[32] = "";
    std::size_t total = 0;
    cuda.call("cuDeviceGet", &handle, index);
    cuda.call("cuDeviceGetAttribute", &device.major, 75, handle);
    cuda.call("cuDeviceGetAttribute", &device.minor, 76, handle);
    cuda.call("cuDeviceGetAttribute", &integrated, 18, handle);
    cuda.call("cuDeviceGetName", name, static_cast<int>(sizeof name), handle);
    cuda.call("cuDeviceTotalMem_v2", &total, handle);
    cuda.call("cuDeviceGetPCIBusId", pci_id, static_cast<int>(sizeof pci_id), handle);
    struct {
      unsigned long long total, free, used;
    } memory{};
    void* managed = nullptr;
    nvml.call("nvmlDeviceGetHandleByPciBusId_v2", static_cast<const char*>(pci_id), &managed);
    nvml.call("nvmlDeviceGetMemoryInfo", managed, &memory);
    if (integrated != 0 || memory.total < total) {
      std::fprintf(stderr, "integrated: %d; %llu bytes by NVML, %zu by CUDA\n", integrated, memory.total, total);
      return 1;
    }
    device.name = name;
    device.pci_id = pci_id;
    device.cuda = version;
    device.driver = driver;
    device.total = total;
    device.free = memory.free;
    print(device);
  }
  nvml.call("nvmlShutdown");
  return 0;
}

int start(const std::string& library) {
  int count = 0;
  if (library == "cuda") {
    const Library cuda("libcuda.so.1", RTLD_NOW);
    cuda.call("cuInit", 0u);
    cuda.call("cuDeviceGetCount", &count);
  } else if (library == "cudart") {
    Library("libcudart.so.12", RTLD_NOW).call("cudaGetDeviceCount", &count);
  } else if (library == "nvml") {
    const Library nvml("libnvidia-ml.so.1", RTLD_NOW);
    nvml.call("nvmlInit_v2");
    nvml.call("nvmlDeviceGetCount_v2", &count);
  } else {
    count = Library("libc.so.6", RTLD_NOW).function<int(int)>("abs")(-1);
  }
  return count == 0;
}

int hold_memory() {
  const Library cuda("libcuda.so.1", RTLD_NOW);
  int device = 0;
  void* context = nullptr;
  unsigned long long address = 0;
  constexpr std::size_t kSize = std::size_t{64} << 20;
  cuda.call("cuInit", 0u);
  cuda.call("cuDeviceGet", &device, 0);
  cuda.call("cuCtxCreate_v2", &context, 0u, device);
  cuda.call("cuMemAlloc_v2", &address, kSize);
  cuda.call("cuMemsetD8_v2", address, static_cast<unsigned char>(1), kSize);
  cuda.call("cuCtxSynchronize");
  cuda.call("cuMemFree_v2", address);
  return 0;
}

}  // namespace probe
