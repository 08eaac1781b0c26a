// Generations 2 and 3: through ggml and its CUDA backend.
#include <cstring>
#include <sstream>

#include "generations.h"
#include "library.h"
#include "report.h"

namespace probe {
namespace {

// What is read of cudaDeviceProp as CUDA 12 has it (cudaGetDeviceProperties_v2), at its offsets.
struct Properties {
  char name[256];
  unsigned char uuid[16];
  char luid[8];
  unsigned luid_mask;
  std::size_t total_memory;
  std::byte until_major[64];
  int major, minor;
  std::byte rest[4096];
};
static_assert(offsetof(Properties, total_memory) == 288 && offsetof(Properties, major) == 360);

// The second generation asks NVML for memory, opened and closed each time.
void ask_management(const std::string& uuid, Device& device) {
  if (void* other = ::dlopen("/usr/lib/wsl/lib/libnvidia-ml.so.1", RTLD_NOW)) ::dlclose(other);
  const Library nvml("libnvidia-ml.so.1", RTLD_NOW);
  struct {
    unsigned long long total, free, used;
  } memory{};
  void* handle = nullptr;
  char name[96] = "";
  nvml.call("nvmlInit_v2");
  nvml.call("nvmlDeviceGetHandleByUUID", uuid.c_str(), &handle);
  nvml.call("nvmlDeviceGetMemoryInfo", handle, &memory);
  nvml.call("nvmlDeviceGetName", handle, name, 96u);
  nvml.call("nvmlShutdown");
  if (device.total != memory.total || device.free != memory.free || device.name != name) {
    std::fprintf(stderr, "NVML says %s with %llu of %llu bytes free, CUDA %s with %llu of %llu\n", name, memory.free,
                 memory.total, device.name.c_str(), device.free, device.total);
    std::exit(1);
  }
}

// The libraries that ggml's backends bring in are in the process already.
const Library& runtime() {
  static const Library& library = *new Library("libcudart.so.12", RTLD_NOW | RTLD_NOLOAD);
  return library;
}

void print_devices(const Library& base, std::size_t count, auto device_at, bool ask_nvml) {
  print_count(count);
  for (std::size_t index = 0; index < count; ++index) {
    void* handle = device_at(index);
    Device device;
    Properties properties{};
    std::size_t free = 0, total = 0;
    char pci_id[16] = "";
    const int ordinal = static_cast<int>(index);
    runtime().call("cudaGetDeviceProperties_v2", &properties, ordinal);
    runtime().call("cudaDriverGetVersion", &device.cuda);
    runtime().call("cudaDeviceGetPCIBusId", pci_id, static_cast<int>(sizeof pci_id), ordinal);
    base.function<void(void*, std::size_t*, std::size_t*)>("ggml_backend_dev_memory")(handle, &free, &total);
    device.name = base.function<const char*(void*)>("ggml_backend_dev_description")(handle);
    if (device.name != properties.name || total != properties.total_memory) {
      std::fprintf(stderr, "ggml and cudaGetDeviceProperties differ: %s, %s\n", device.name.c_str(), properties.name);
      std::exit(1);
    }
    device.major = properties.major;
    device.minor = properties.minor;
    device.id = uuid_text(properties.uuid);
    device.pci_id = pci_id;
    device.free = free;
    device.total = total;
    if (ask_nvml) ask_management(device.id, device);
    print(device);
  }
}

}  // namespace

int discover_by_backends() {
  const char* folders = std::getenv("OLLAMA_LIBRARY_PATH");
  if (folders == nullptr) {
    std::fprintf(stderr, "OLLAMA_LIBRARY_PATH is not set\n");
    return 1;
  }
  // ggml is a part of the runner itself there; here it is a library of the first folder.
  std::istringstream list(folders);
  std::string folder;
  std::getline(list, folder, ':');
  const Library base(folder + "/libggml-base.so", RTLD_NOW | RTLD_GLOBAL);
  const Library ggml(folder + "/libggml.so", RTLD_NOW | RTLD_GLOBAL);
  const auto load = ggml.function<void(const char*)>("ggml_backend_load_all_from_path");
  load(folder.c_str());
  while (std::getline(list, folder, ':')) load(folder.c_str());
  const auto device_at = ggml.function<void*(std::size_t)>("ggml_backend_dev_get");
  const auto name = base.function<const char*(void*)>("ggml_backend_dev_name");
  // Devices of processors come after those of CUDA, whose library is first in the order.
  std::size_t count = 0;
  const std::size_t all = ggml.function<std::size_t()>("ggml_backend_dev_count")();
  while (count < all && std::strncmp(name(device_at(count)), "CUDA", 4) == 0) ++count;
  print_devices(base, count, device_at, true);
  return 0;
}

int list_backend_devices(const std::string& folder) {
  const char* path = std::getenv("GGML_BACKEND_PATH");
  if (path == nullptr) {
    std::fprintf(stderr, "GGML_BACKEND_PATH is not set\n");
    return 1;
  }
  const Library base(folder + "/libggml-base.so", RTLD_NOW | RTLD_GLOBAL);
  const Library ggml(folder + "/libggml.so", RTLD_NOW | RTLD_GLOBAL);
  void* registration = ggml.function<void*(const char*)>("ggml_backend_load")(path);
  if (registration == nullptr) {
    std::fprintf(stderr, "%s: not loaded\n", path);
    return 1;
  }
  const auto device_at = base.function<void*(void*, std::size_t)>("ggml_backend_reg_dev_get");
  print_devices(
      base, base.function<std::size_t(void*)>("ggml_backend_reg_dev_count")(registration),
      [&](std::size_t index) { return device_at(registration, index); }, false);
  return 0;
}

}  // namespace probe
