#include "gpu/exec/code_cache.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/log.h"

namespace vgpu::exec {
namespace {

constexpr std::uint64_t kDefaultMaximum = std::uint64_t{1} << 30;
constexpr std::uint64_t kLargestMaximum = std::uint64_t{4} << 30;

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::filesystem::path own_directory() {
  const auto cache_home = variable("XDG_CACHE_HOME");
  if (cache_home.starts_with('/')) return std::filesystem::path(cache_home) / "vgpu/ComputeCache";
  const auto home = variable("HOME");
  if (home.starts_with('/')) return std::filesystem::path(home) / ".cache/vgpu/ComputeCache";
  return {};
}

bool can_be_written(const std::filesystem::path& directory) {
  return ::access(directory.c_str(), W_OK | X_OK) == 0;
}

std::uint64_t maximum_size() {
  const std::string_view maximum = variable("CUDA_CACHE_MAXSIZE");
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(maximum.data(), maximum.data() + maximum.size(), value);
  if (maximum.empty() || problem != std::errc() || end != maximum.data() + maximum.size()) return kDefaultMaximum;
  return std::min(value, kLargestMaximum);
}

}  // namespace

CodeCache find_code_cache(const std::string& shared_folder) {
  CodeCache cache;
  if (variable("CUDA_CACHE_DISABLE") == "1") return cache;
  cache.maximum_size = maximum_size();
  std::filesystem::path directory = variable(model::kCachePathVariable);
  std::error_code error;
  if (directory.empty() || directory == shared_folder) {
    directory = own_directory();
    if (std::filesystem::is_directory(shared_folder, error)) {
      cache.shared = can_be_written(shared_folder);
      if (cache.shared) {
        directory = shared_folder;
      } else {
        cache.read_only_directory = shared_folder;
      }
    }
  }
  if (directory.empty()) return cache;
  std::filesystem::create_directories(directory, error);
  if (error || !can_be_written(directory)) {
    log(LogLevel::Warn, "code cache \"" + directory.string() + "\": cannot be written, kernels are not kept");
    return cache;
  }
  cache.directory = directory.string();
  return cache;
}

const CodeCache& code_cache() {
  static const CodeCache cache = find_code_cache();
  return cache;
}

}  // namespace vgpu::exec
