#include <string>

#include "generations.h"
#include "library.h"
#include "report.h"

namespace probe {
namespace {

// nvmlPciInfo_t. Source: nvml.h of CUDA 12, "PCI information about a GPU device".
struct PciInfo {
  char legacy_id[16];
  unsigned domain, bus, device, device_id, subsystem_id;
  char id[32];
};

struct Properties {
  char name[256];
  unsigned char uuid[16];
  std::byte rest[4096];
};

}  // namespace

int identify() {
  const Library cuda("libcuda.so.1", RTLD_NOW);
  const Library runtime("libcudart.so.12", RTLD_NOW);
  const Library nvml("libnvidia-ml.so.1", RTLD_NOW);
  int visible = 0, runtime_count = 0, version = 0;
  const int initialized = cuda.function<int(unsigned)>("cuInit")(0);
  std::printf("cuInit: %d\n", initialized);
  std::printf("cudaGetDeviceCount: %d", runtime.function<int(int*)>("cudaGetDeviceCount")(&runtime_count));
  std::printf(", %d\n", runtime_count);
  if (initialized == 0) cuda.call("cuDeviceGetCount", &visible);
  std::printf("cuDeviceGetCount: %d\n", visible);
  cuda.call("cuDriverGetVersion", &version);
  std::printf("cuDriverGetVersion: %d\n", version);
  runtime.call("cudaDriverGetVersion", &version);
  std::printf("cudaDriverGetVersion: %d\n", version);
  nvml.call("nvmlInit_v2");
  nvml.call("nvmlSystemGetCudaDriverVersion", &version);
  std::printf("nvmlSystemGetCudaDriverVersion: %d\n", version);
  char text[96] = "";
  nvml.call("nvmlSystemGetDriverVersion", text, 80u);
  std::printf("nvmlSystemGetDriverVersion: %s\n", text);
  for (int index = 0; index < visible; ++index) {
    unsigned char uuid[16];
    Properties properties{};
    cuda.call("cuDeviceGetUuid", uuid, index);
    std::printf("%d cuDeviceGetUuid: %s\n", index, uuid_text(uuid).c_str());
    cuda.call("cuDeviceGetUuid_v2", uuid, index);
    std::printf("%d cuDeviceGetUuid_v2: %s\n", index, uuid_text(uuid).c_str());
    runtime.call("cudaGetDeviceProperties_v2", &properties, index);
    std::printf("%d cudaGetDeviceProperties: %s\n", index, uuid_text(properties.uuid).c_str());
    cuda.call("cuDeviceGetPCIBusId", text, 32, index);
    std::printf("%d cuDeviceGetPCIBusId: %s\n", index, text);
    runtime.call("cudaDeviceGetPCIBusId", text, 32, index);
    std::printf("%d cudaDeviceGetPCIBusId: %s\n", index, text);
  }
  unsigned count = 0;
  nvml.call("nvmlDeviceGetCount_v2", &count);
  std::printf("nvmlDeviceGetCount: %u\n", count);
  for (unsigned index = 0; index < count; ++index) {
    void* device = nullptr;
    PciInfo pci{};
    nvml.call("nvmlDeviceGetHandleByIndex_v2", index, &device);
    nvml.call("nvmlDeviceGetUUID", device, text, 96u);
    std::printf("%u nvmlDeviceGetUUID: %s\n", index, text);
    nvml.call("nvmlDeviceGetPciInfo_v3", device, &pci);
    std::printf("%u nvmlDeviceGetPciInfo_v3: %s %s\n", index, pci.legacy_id, pci.id);
  }
  nvml.call("nvmlShutdown");
  return 0;
}

}  // namespace probe
