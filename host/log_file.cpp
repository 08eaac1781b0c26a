#include "host/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <ctime>

#include "host/state_root.h"

namespace vgpu::host {
namespace {

std::string timestamp() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  std::array<char, 32> text{};
  if (::gmtime_r(&now, &parts) == nullptr) return {};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ ", &parts)};
}

}  // namespace

std::string log_line(std::string_view message) {
  std::string line = "vgpu: " + std::string(message);
  for (char& character : line) {
    if (static_cast<unsigned char>(character) < 0x20) character = '?';
  }
  return line + '\n';
}

FileDescriptor open_log_file(const std::string& name) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  ::mkdir("/var/log/vgpu", 0755);
  FileDescriptor log(::open(("/var/log/vgpu/" + name).c_str(), kFlags, 0640));
  if (log.valid()) return log;
  const std::string root = state_root();
  ::mkdir(root.c_str(), 0755);
  return FileDescriptor(::open((root + "/" + name).c_str(), kFlags, 0640));
}

void write_to_log(const FileDescriptor& log, const std::string& line) {
  if (!log.valid()) return;
  const std::string text = timestamp() + line;
  [[maybe_unused]] const ssize_t written = ::write(log.get(), text.data(), text.size());
}

}  // namespace vgpu::host
