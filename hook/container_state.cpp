#include "hook/container_state.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/file_descriptor.h"

namespace vgpu::hook {
namespace {

constexpr std::size_t kLongest = std::size_t{64} << 20;

}  // namespace

Expected<std::string> read_all(int descriptor, const std::string& name) {
  std::string text;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t length = ::read(descriptor, buffer.data(), buffer.size());
    if (length == 0) return text;
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return system_failure("read", name, errno);
    text.append(buffer.data(), static_cast<std::size_t>(length));
    if (text.size() > kLongest) return failure("read \"" + name + "\": larger than 64 MiB");
  }
}

Expected<std::string> read_standard_input() {
  return read_all(STDIN_FILENO, "standard input");
}

Expected<std::string> read_file(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return system_failure("open", path, errno);
  return read_all(file.get(), path);
}

Expected<ContainerState> parse_container_state(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return failure("container state: not a JSON object");
  const auto member = [&](const char* name) -> nlohmann::json {
    const auto found = json.find(name);
    return found == json.end() ? nlohmann::json() : *found;
  };
  ContainerState state;
  if (const auto id = member("id"); id.is_string()) state.id = id.get<std::string>();
  if (const auto pid = member("pid"); pid.is_number_integer()) state.pid = pid.get<pid_t>();
  if (const auto bundle = member("bundle"); bundle.is_string()) state.bundle = bundle.get<std::string>();
  if (state.id.empty()) return failure("container state: no id");
  return state;
}

}  // namespace vgpu::hook
