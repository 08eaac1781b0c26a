#include "hook/runtime/real_runtime.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "hook/runtime/configuration.h"

namespace vgpu::runtime {
namespace {

constexpr std::array kFolders = {"/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin"};
constexpr std::array kNames = {"crun", "runc"};

// nullptr: it can be run.
const char* why_not(const std::string& path) {
  struct stat status{}, own{};
  if (::stat(path.c_str(), &status) != 0) return "not found";
  if (!S_ISREG(status.st_mode) || ::access(path.c_str(), X_OK) != 0) return "not an executable file";
  if (::stat("/proc/self/exe", &own) == 0 && own.st_dev == status.st_dev && own.st_ino == status.st_ino) {
    return "is this program itself";
  }
  return nullptr;
}

}  // namespace

Expected<std::string> search_runtime(std::span<const char* const> folders) {
  for (const char* name : kNames) {
    for (const char* folder : folders) {
      std::string path = std::string(folder) + "/" + name;
      if (why_not(path) == nullptr) return path;
    }
  }
  return failure("real runtime: neither crun nor runc is installed; \"runtime\" in " + std::string(kConfigurationFile) +
                 " may name another");
}

Expected<std::string> find_real_runtime(const std::optional<std::string>& asked) {
  std::optional<std::string> path = asked;
  if (!path) {
    auto configured = configured_runtime(kConfigurationFile);
    if (!configured) return std::unexpected(configured.error());
    path = *std::move(configured);
  }
  if (!path) return search_runtime(kFolders);
  if (!path->starts_with('/')) return failure("real runtime \"" + *path + "\": not an absolute path");
  if (const char* reason = why_not(*path)) return failure("real runtime \"" + *path + "\": " + reason);
  return *std::move(path);
}

bool is_crun(const std::string& path) {
  return path.ends_with("/crun");
}

}  // namespace vgpu::runtime
