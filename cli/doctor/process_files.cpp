#include "cli/doctor/process_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <sstream>

#include "base/file_descriptor.h"

namespace vgpu::cli::doctor {
namespace {

// Spaces and backslashes of a path are written as three octal digits.
std::string unescaped(std::string_view text) {
  const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && digit(at + 1) && digit(at + 2) && digit(at + 3)) {
      result += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 + (text[at + 3] - '0'));
      at += 3;
    } else {
      result += text[at];
    }
  }
  return result;
}

}  // namespace

Expected<std::string> read_at_most(const std::string& path, std::size_t limit) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) return system_failure("open", path, errno);
  std::string text;
  std::array<char, 65536> buffer;
  while (text.size() < limit) {
    const ssize_t length = ::read(file.get(), buffer.data(), std::min(buffer.size(), limit - text.size()));
    if (length == 0) break;
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return system_failure("read", path, errno);
    text.append(buffer.data(), static_cast<std::size_t>(length));
  }
  return text;
}

std::map<std::string, std::string> parse_environment(std::string_view text) {
  std::map<std::string, std::string> variables;
  while (!text.empty()) {
    const std::string_view entry = text.substr(0, text.find('\0'));
    text.remove_prefix(std::min(text.size(), entry.size() + 1));
    const std::size_t equals = entry.find('=');
    if (equals != std::string_view::npos)
      variables.try_emplace(std::string(entry.substr(0, equals)), entry.substr(equals + 1));
  }
  return variables;
}

std::vector<MountPoint> parse_mounts(std::string_view text) {
  std::vector<MountPoint> mounts;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string id, parent, device, source, path;
    if (fields >> id >> parent >> device >> source >> path) mounts.push_back({unescaped(source), unescaped(path)});
  }
  return mounts;
}

}  // namespace vgpu::cli::doctor
