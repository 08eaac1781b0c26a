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

std::filesystem::path chosen_directory() {
  if (const auto path = variable("CUDA_CACHE_PATH"); !path.empty()) return path;
  const auto cache_home = variable("XDG_CACHE_HOME");
  if (cache_home.starts_with('/')) return std::filesystem::path(cache_home) / "vgpu/ComputeCache";
  const auto home = variable("HOME");
  if (home.starts_with('/')) return std::filesystem::path(home) / ".cache/vgpu/ComputeCache";
  return {};
}

}  // namespace

CodeCache find_code_cache() {
  CodeCache cache;
  if (variable("CUDA_CACHE_DISABLE") == "1") return cache;
  const std::filesystem::path directory = chosen_directory();
  if (directory.empty()) return cache;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error || ::access(directory.c_str(), W_OK | X_OK) != 0) {
    log(LogLevel::Warn, "code cache \"" + directory.string() + "\": cannot be written, kernels are not kept");
    return cache;
  }
  cache.directory = directory.string();
  cache.maximum_size = kDefaultMaximum;
  const std::string_view maximum = variable("CUDA_CACHE_MAXSIZE");
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(maximum.data(), maximum.data() + maximum.size(), value);
  if (!maximum.empty() && problem == std::errc() && end == maximum.data() + maximum.size()) {
    cache.maximum_size = std::min(value, kLargestMaximum);
  }
  return cache;
}

const CodeCache& code_cache() {
  static const CodeCache cache = find_code_cache();
  return cache;
}

}  // namespace vgpu::exec
