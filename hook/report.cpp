#include "hook/report.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <string>

#include "base/file_descriptor.h"
#include "hook/state_folder.h"

namespace vgpu::hook {
namespace {

FileDescriptor open_log() {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  ::mkdir("/var/log/vgpu", 0755);
  FileDescriptor log(::open("/var/log/vgpu/hook.log", kFlags, 0640));
  if (log.valid()) return log;
  const std::string root = state_root();
  ::mkdir(root.c_str(), 0755);
  return FileDescriptor(::open((root + "/hook.log").c_str(), kFlags, 0640));
}

std::string timestamp() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  std::array<char, 32> text{};
  if (::gmtime_r(&now, &parts) == nullptr) return {};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ ", &parts)};
}

std::string line_of(std::string_view message) {
  std::string line = "vgpu: " + std::string(message);
  for (char& character : line) {
    if (static_cast<unsigned char>(character) < 0x20) character = '?';
  }
  return line + '\n';
}

void write_line(int descriptor, const std::string& line) {
  [[maybe_unused]] const ssize_t written = ::write(descriptor, line.data(), line.size());
}

}  // namespace

void report(std::string_view message) {
  const std::string line = line_of(message);
  write_line(STDERR_FILENO, line);
  if (const FileDescriptor log = open_log(); log.valid()) write_line(log.get(), timestamp() + line);
}

void report_again(std::string_view message) {
  write_line(STDERR_FILENO, line_of(message));
}

}  // namespace vgpu::hook
