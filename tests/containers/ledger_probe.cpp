// A CUDA driver program that allocates, for tests of the ledger. It opens libcuda.so.1 by name, so it builds without
// any library of CUDA.
//
//   ledger_probe limit BYTES       the device has BYTES; with all of them taken, whatever the way, the next byte is
//                                  CUDA error 2, changes nothing, and cuMemGetInfo says so
//   ledger_probe info              prints what cuMemGetInfo and NVML say
//   ledger_probe hold BYTES        takes BYTES, prints "held", and waits for the end of its input or to be killed
//   ledger_probe busy SECONDS      has copies running for so long, without a pause
//   ledger_probe fork BYTES        a child that takes memory of its own leaves its parent's alone
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

using Address = unsigned long long;
constexpr size_t kUnit = 2 << 20;  // of cuMemCreate
constexpr int kOutOfMemory = 2;

void* library = nullptr;

void* function(void* from, const char* name) {
  void* address = dlsym(from, name);
  if (address == nullptr) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  return address;
}

#define RESULT(name, parameters, ...) reinterpret_cast<int(*) parameters>(function(library, #name))(__VA_ARGS__)
#define CALL(name, parameters, ...) check(#name, RESULT(name, parameters, __VA_ARGS__))

void check(const char* what, int result) {
  if (result == 0) return;
  fprintf(stderr, "%s: CUDA error %d\n", what, result);
  exit(1);
}

void expect(bool fact, const char* what, const char* detail) {
  if (fact) return;
  fprintf(stderr, "wrong: %s (%s)\n", what, detail);
  exit(1);
}

// CUmemAllocationProp and CUmemPoolProps: memory of device 0 that is not shared.
struct AllocationProperties {
  int type = 1, handle_types = 0, location_type = 1, location = 0;
  void* windows = nullptr;
  unsigned char flags[8] = {};
};
static_assert(sizeof(AllocationProperties) == 32);
struct PoolProperties {
  int type = 1, handle_types = 0, location_type = 1, location = 0;
  void* windows = nullptr;
  unsigned char reserved[64] = {};
};
static_assert(sizeof(PoolProperties) == 88);

void* pool = nullptr;

// A way to allocate: `size` is a multiple of `unit`.
struct Way {
  const char* name;
  size_t unit;
  int (*allocate)(size_t size, Address& memory);
  void (*release)(Address memory);
};

int allocate_plain(size_t size, Address& memory) {
  return RESULT(cuMemAlloc_v2, (Address*, size_t), &memory, size);
}
void release_plain(Address memory) {
  CALL(cuMemFree_v2, (Address), memory);
}
int allocate_managed(size_t size, Address& memory) {
  return RESULT(cuMemAllocManaged, (Address*, size_t, unsigned), &memory, size, 1);
}
int allocate_pitch(size_t size, Address& memory) {
  size_t pitch = 0;
  constexpr size_t kRow = 512;
  return RESULT(cuMemAllocPitch_v2, (Address*, size_t*, size_t, size_t, unsigned), &memory, &pitch, kRow, size / kRow,
                4);
}
int allocate_from_pool(size_t size, Address& memory) {
  return RESULT(cuMemAllocFromPoolAsync, (Address*, size_t, void*, void*), &memory, size, pool, nullptr);
}
void release_to_pool(Address memory) {
  CALL(cuMemFreeAsync, (Address, void*), memory, nullptr);
  CALL(cuStreamSynchronize, (void*), nullptr);
  CALL(cuMemPoolTrimTo, (void*, size_t), pool, 0);
}
int create(size_t size, Address& memory) {
  const AllocationProperties properties;
  return RESULT(cuMemCreate, (Address*, size_t, const AllocationProperties*, unsigned long long), &memory, size,
                &properties, 0);
}
void release_created(Address memory) {
  CALL(cuMemRelease, (Address), memory);
}

constexpr Way kWays[] = {
    {"cuMemAlloc", 1, allocate_plain, release_plain},
    {"cuMemAllocManaged", 1, allocate_managed, release_plain},
    {"cuMemAllocPitch", 512, allocate_pitch, release_plain},
    {"cuMemAllocFromPoolAsync", 1, allocate_from_pool, release_to_pool},
    {"cuMemCreate", kUnit, create, release_created},
};

struct Info {
  size_t free = 0, total = 0;
};
Info info() {
  Info result;
  CALL(cuMemGetInfo_v2, (size_t*, size_t*), &result.free, &result.total);
  return result;
}

void start() {
  library = dlopen("libcuda.so.1", RTLD_NOW);
  if (library == nullptr) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  void* context = nullptr;
  CALL(cuInit, (unsigned), 0);
  CALL(cuCtxCreate_v2, (void**, unsigned, int), &context, 0, 0);
  const PoolProperties properties;
  CALL(cuMemPoolCreate, (void**, const PoolProperties*), &pool, &properties);
}

int limit(size_t bytes) {
  start();
  const Info before = info();
  expect(before.total == bytes, "the device's memory", "cuMemGetInfo");
  for (const Way& way : kWays) {
    Address most = 0, rest = 0, more = 0;
    check("fill the device", allocate_plain(before.free - kUnit, most));
    check(way.name, way.allocate(kUnit, rest));
    expect(info().free == 0, "all is taken", way.name);
    for (const Way& next : kWays) {
      expect(next.allocate(next.unit, more) == kOutOfMemory, "the next byte is error 2", next.name);
      expect(info().free == 0, "nothing has changed", next.name);
    }
    way.release(rest);
    expect(info().free == kUnit, "what is released is free", way.name);
    expect(way.allocate(2 * kUnit, more) == kOutOfMemory, "more than is left is error 2", way.name);
    expect(info().free == kUnit, "nothing has changed", way.name);
    release_plain(most);
    expect(info().free == before.free, "as before", way.name);
  }
  printf("limit holds\n");
  return 0;
}

int tell() {
  start();
  const Info known = info();
  printf("cuda free %zu total %zu\n", known.free, known.total);
  void* const nvml = dlopen("libnvidia-ml.so.1", RTLD_NOW);
  if (nvml == nullptr) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
#define NVML(name, parameters, ...) \
  check(#name, reinterpret_cast<int(*) parameters>(function(nvml, #name))(__VA_ARGS__))
  void* device = nullptr;
  unsigned long long memory[3] = {};
  struct {
    unsigned pid;
    unsigned long long memory;
    unsigned instances[2];
  } processes[64];
  unsigned count = 64;
  unsigned rates[2] = {};
  NVML(nvmlInit_v2, ());
  NVML(nvmlDeviceGetHandleByIndex_v2, (unsigned, void**), 0, &device);
  NVML(nvmlDeviceGetMemoryInfo, (void*, unsigned long long*), device, memory);
  NVML(nvmlDeviceGetComputeRunningProcesses_v3, (void*, unsigned*, void*), device, &count, processes);
  NVML(nvmlDeviceGetUtilizationRates, (void*, unsigned*), device, rates);
  printf("nvml free %llu total %llu utilisation %u\n", memory[1], memory[0], rates[0]);
  for (unsigned at = 0; at < count; ++at) printf("process %u %llu\n", processes[at].pid, processes[at].memory);
  return 0;
}

int hold(size_t bytes) {
  start();
  Address memory = 0;
  check("allocate", allocate_plain(bytes, memory));
  printf("held %zu\n", bytes);
  fflush(stdout);
  char byte = 0;
  while (read(0, &byte, 1) > 0) {
  }
  return 0;
}

int busy(long seconds) {
  start();
  constexpr size_t kSize = 64 << 20;
  Address memory = 0;
  check("allocate", allocate_plain(kSize, memory));
  printf("busy\n");
  fflush(stdout);
  for (const time_t end = time(nullptr) + seconds; time(nullptr) < end;) {
    for (int copies = 0; copies < 8; ++copies) {
      CALL(cuMemsetD8Async, (Address, unsigned char, size_t, void*), memory, 1, kSize, nullptr);
    }
    CALL(cuStreamSynchronize, (void*), nullptr);
  }
  return 0;
}

int fork_child(size_t bytes) {
  start();
  Address memory = 0, own = 0;
  check("allocate", allocate_plain(bytes, memory));
  const size_t free_before = info().free;
  const pid_t child = fork();
  if (child == 0) {
    expect(info().free == free_before, "a child sees what its parent holds", "fork");
    check("allocate in a child", allocate_plain(kUnit, own));
    expect(info().free == free_before - kUnit, "a child's memory is charged", "fork");
    release_plain(memory);
    expect(info().free == free_before - kUnit, "a child gives back nothing of its parent's", "fork");
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ends well", "fork");
  // What the child held is given back within 100 ms.
  usleep(100'000);
  expect(info().free == free_before, "a child that ended holds nothing", "fork");
  printf("fork holds\n");
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const char* const what = count > 1 ? arguments[1] : "";
  const size_t number = count > 2 ? strtoull(arguments[2], nullptr, 10) : 0;
  if (strcmp(what, "limit") == 0) return limit(number);
  if (strcmp(what, "info") == 0) return tell();
  if (strcmp(what, "hold") == 0) return hold(number);
  if (strcmp(what, "busy") == 0) return busy(static_cast<long>(number));
  if (strcmp(what, "fork") == 0) return fork_child(number);
  fprintf(stderr, "usage: ledger_probe limit BYTES|info|hold BYTES|busy SECONDS|fork BYTES\n");
  return 2;
}
