#include "host/process_identity.h"

#include <fstream>
#include <iterator>
#include <sstream>

namespace vgpu::host {

std::optional<ProcessIdentity> identify_process(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // The name, field 2, may have spaces and parentheses of its own; the last one closes it.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  char state = 0;
  fields >> state;
  if (state == 'Z' || state == 'X') return std::nullopt;
  std::string skipped;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  ProcessIdentity identity{pid, 0};
  if (!(fields >> identity.start_time)) return std::nullopt;
  return identity;
}

std::string to_text(const ProcessIdentity& identity) {
  return std::to_string(identity.pid) + " " + std::to_string(identity.start_time) + "\n";
}

std::optional<ProcessIdentity> parse_process_identity(std::string_view text) {
  std::istringstream fields{std::string(text)};
  ProcessIdentity identity;
  if (!(fields >> identity.pid >> identity.start_time)) return std::nullopt;
  return identity;
}

}  // namespace vgpu::host
