#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

namespace vgpu {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"error", "warn", "info", "debug"};

struct Sink {
  LogLevel level = LogLevel::Error;
  int descriptor = STDERR_FILENO;
};

Sink open_sink() {
  Sink sink;
  const char* setting = std::getenv("VGPU_LOG");
  if (setting == nullptr || *setting == '\0') return sink;
  std::string_view rest(setting);
  const std::string_view first = rest.substr(0, rest.find(':'));
  for (std::size_t level = 0; level < kLevelNames.size(); ++level) {
    if (first != kLevelNames[level]) continue;
    sink.level = static_cast<LogLevel>(level);
    rest.remove_prefix(first.size() < rest.size() ? first.size() + 1 : first.size());
    break;
  }
  if (rest.empty()) return sink;
  const int descriptor = ::open(std::string(rest).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor >= 0) sink.descriptor = descriptor;
  return sink;
}

const Sink& sink() {
  static const Sink instance = open_sink();
  return instance;
}

}  // namespace

bool log_enabled(LogLevel level) {
  return level <= sink().level;
}

void log(LogLevel level, std::string_view message) {
  if (!log_enabled(level)) return;
  const std::string line =
      "vgpu: " + std::string(kLevelNames[static_cast<std::size_t>(level)]) + ": " + std::string(message) + "\n";
  [[maybe_unused]] const ssize_t written = ::write(sink().descriptor, line.data(), line.size());
}

}  // namespace vgpu
