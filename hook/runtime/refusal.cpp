#include "hook/runtime/refusal.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/file_descriptor.h"
#include "host/log_file.h"

namespace vgpu::runtime {
namespace {

std::string now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm parts{};
  std::array<char, 32> text{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return {};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

// crun takes more than a path: `file:PATH`, and names of system logs, which engines do not read.
std::string path_of(std::string_view log) {
  constexpr std::string_view kFile = "file:";
  if (log.starts_with(kFile)) return std::string(log.substr(kFile.size()));
  for (const std::string_view other : {"journald:", "syslog:", "null:"}) {
    if (log.starts_with(other)) return {};
  }
  return std::string(log);
}

bool append(const std::string& path, const std::string& line) {
  if (path.empty()) return false;
  const FileDescriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0644));
  return file.valid() && ::write(file.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

}  // namespace

std::string refusal_line(const std::string& message, const std::string& format, const std::string& time) {
  std::string text = host::log_line(message);
  text.pop_back();
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  if (format == "json") {
    const nlohmann::ordered_json line = {{"level", "error"}, {"msg", text}, {"time", time}};
    return line.dump(-1, ' ', false, kReplace) + "\n";
  }
  return "time=\"" + time + "\" level=error msg=" + nlohmann::json(text).dump(-1, ' ', false, kReplace) + "\n";
}

void tell_refusal(const std::string& message, const std::string& log, const std::string& format) {
  if (append(path_of(log), refusal_line(message, format, now()))) return;
  const std::string line = host::log_line(message);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace vgpu::runtime
