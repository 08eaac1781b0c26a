#include "deploy/device_plugin/report.h"

#include <cstdio>

#include "host/log_file.h"

namespace vgpu::device_plugin {

void report(std::string_view message) {
  std::fputs(host::log_line(message).c_str(), stderr);
}

}  // namespace vgpu::device_plugin
