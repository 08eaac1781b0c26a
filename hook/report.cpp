#include "hook/report.h"

#include <unistd.h>

#include <string>

#include "host/log_file.h"

namespace vgpu::hook {
namespace {

void write_to_standard_error(const std::string& line) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void report(std::string_view message) {
  const std::string line = host::log_line(message);
  write_to_standard_error(line);
  host::write_to_log(host::open_log_file("hook.log"), line);
}

void report_again(std::string_view message) {
  write_to_standard_error(host::log_line(message));
}

}  // namespace vgpu::hook
