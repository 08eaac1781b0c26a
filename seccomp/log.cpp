#include "seccomp/log.h"

#include "host/log_file.h"

namespace vgpu::seccomp {

void log_of_container(const std::string& container, const std::string& line) {
  // Opened for each line, of which there are few: the log may have been rotated.
  const std::string name = container.empty() ? "" : "container " + container.substr(0, 12) + ": ";
  host::write_to_log(host::open_log_file("supervisor.log"), host::log_line(name + line));
}

}  // namespace vgpu::seccomp
