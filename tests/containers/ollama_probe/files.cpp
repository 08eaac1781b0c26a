// Generation 1.
#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <sstream>
#include <vector>

#include "generations.h"
#include "library.h"
#include "report.h"

namespace probe {
namespace {

std::vector<std::string> patterns(const std::string& folder) {
  std::vector<std::string> patterns = {folder + "/libcuda.so*"};
  const char* path = std::getenv("LD_LIBRARY_PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string entry; std::getline(folders, entry, ':');) patterns.push_back(entry + "/libcuda.so*");
  for (const char* known : {"/usr/local/cuda*/targets/*/lib", "/usr/lib/*-linux-gnu/nvidia/current",
                            "/usr/lib/*-linux-gnu", "/usr/lib/wsl/lib", "/usr/lib/wsl/drivers/*", "/opt/cuda/lib*",
                            "/usr/local/cuda/lib*", "/usr/lib*", "/usr/local/lib*"}) {
    patterns.push_back(std::string(known) + "/libcuda.so*");
  }
  return patterns;
}

// Follows the links of the last part of a path, as often as there are.
std::string followed(std::string path) {
  char target[PATH_MAX];
  for (ssize_t length; (length = ::readlink(path.c_str(), target, sizeof target)) > 0;) {
    const std::string next(target, static_cast<std::size_t>(length));
    path = next.starts_with('/') ? next : path.substr(0, path.rfind('/') + 1) + next;
  }
  return path;
}

std::vector<std::string> candidates(const std::string& folder) {
  std::vector<std::string> paths;
  for (const std::string& pattern : patterns(folder)) {
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
      for (std::size_t index = 0; index < found.gl_pathc; ++index) {
        std::string path = followed(found.gl_pathv[index]);
        if (std::ranges::find(paths, path) == paths.end()) paths.push_back(std::move(path));
      }
    }
    ::globfree(&found);
  }
  return paths;
}

void look(const std::string& path) {
  const Library cuda(path, RTLD_LAZY);
  // All of them are looked up before the first call; one that is missing makes the library useless.
  for (const char* name : {"cuInit", "cuDriverGetVersion", "cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetAttribute",
                           "cuDeviceGetUuid", "cuDeviceGetName", "cuCtxCreate_v3", "cuMemGetInfo_v2", "cuCtxDestroy"}) {
    cuda.function<void()>(name);
  }
  int count = 0, version = 0;
  cuda.call("cuInit", 0u);
  cuda.call("cuDriverGetVersion", &version);
  cuda.call("cuDeviceGetCount", &count);
  print_count(static_cast<unsigned long>(count));
  for (int index = 0; index < count; ++index) {
    Device device;
    int handle = -1;
    unsigned char uuid[16];
    char name[256] = "";
    void* context = nullptr;
    std::size_t free = 0, total = 0;
    cuda.call("cuDeviceGet", &handle, index);
    cuda.call("cuDeviceGetAttribute", &device.major, 75, handle);
    cuda.call("cuDeviceGetAttribute", &device.minor, 76, handle);
    cuda.call("cuDeviceGetUuid", uuid, handle);
    cuda.call("cuDeviceGetName", name, static_cast<int>(sizeof name), handle);
    cuda.call("cuCtxCreate_v3", &context, static_cast<void*>(nullptr), 0, 0u, handle);
    cuda.call("cuMemGetInfo_v2", &free, &total);
    cuda.call("cuCtxDestroy", context);
    device.id = uuid_text(uuid);
    device.name = name;
    device.cuda = version;
    device.free = free;
    device.total = total;
    print(device);
  }
}

}  // namespace

int discover_by_files(const std::string& folder) {
  const std::vector<std::string> paths = candidates(folder);
  if (paths.empty()) {
    std::fprintf(stderr, "no libcuda.so*\n");
    return 1;
  }
  std::printf("file=%s\n", paths.front().c_str());
  // Looking at the free memory again is a new dlopen each time, every 250 ms while a model is unloaded.
  for (int repetition = 0; repetition < 5; ++repetition) look(paths.front());
  return 0;
}

}  // namespace probe
