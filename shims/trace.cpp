#include "shims/trace.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace vgpu::shims {
namespace {

int open_trace() {
  const char* target = std::getenv("VGPU_TRACE");
  if (target == nullptr || *target == 0 || std::string_view(target) == "0") return -1;
  if (std::string_view(target) == "1") return STDERR_FILENO;
  return ::open(target, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

int trace_descriptor() {
  static const int descriptor = open_trace();
  return descriptor;
}

}  // namespace

bool trace_enabled() {
  return trace_descriptor() >= 0;
}

void trace_line(const std::string& line) {
  [[maybe_unused]] const auto written = ::write(trace_descriptor(), line.data(), line.size());
}

void trace_refusal(const char* name, int result) noexcept {
  if (!trace_enabled()) return;
  try {
    trace_line(std::string(name) + "() = " + std::to_string(result) + ", refused\n");
  } catch (...) {
    return;  // without memory for the line
  }
}

}  // namespace vgpu::shims
