#include "hook/runtime/configuration.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/file_descriptor.h"

namespace vgpu::runtime {
namespace {

constexpr std::size_t kLongest = 65536;

std::unexpected<Error> refuse(const std::string& file, const std::string& reason) {
  return failure("configuration \"" + file + "\": " + reason);
}

}  // namespace

Expected<std::optional<std::string>> configured_runtime(const std::string& file) {
  const FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!opened.valid() && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  struct stat status{};
  if (!opened.valid() || ::fstat(opened.get(), &status) != 0) return system_failure("open", file, errno);
  if (!S_ISREG(status.st_mode)) return refuse(file, "not a regular file");
  if ((status.st_mode & 022) != 0) return refuse(file, "can be written by others");
  std::array<char, kLongest> text;
  const ssize_t length = ::read(opened.get(), text.data(), text.size());
  if (length < 0) return system_failure("read", file, errno);
  const auto json = nlohmann::json::parse(text.data(), text.data() + length, nullptr, false);
  if (!json.is_object()) return refuse(file, "not a JSON object");
  for (const auto& [key, value] : json.items()) {
    if (key != "runtime") return refuse(file, "\"" + key + "\": unknown; there is \"runtime\"");
    if (!value.is_string()) return refuse(file, "\"runtime\": not a string");
    return value.get<std::string>();
  }
  return std::nullopt;
}

}  // namespace vgpu::runtime
