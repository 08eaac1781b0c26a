#include "hook/engine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

namespace vgpu::hook {
namespace {

constexpr std::string_view kOption = "--runtime";

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

bool kernel_can_wait_killable() {
  utsname names{};
  unsigned major = 0, minor = 0;
  return ::uname(&names) == 0 && std::sscanf(names.release, "%u.%u", &major, &minor) == 2 &&
         (major > 5 || (major == 5 && minor >= 19));
}

bool names_crun(std::string_view command_line) {
  bool is_crun = false, value_follows = false;
  while (!command_line.empty()) {
    const std::string_view argument = command_line.substr(0, command_line.find('\0'));
    command_line.remove_prefix(argument.size() < command_line.size() ? argument.size() + 1 : argument.size());
    if (value_follows) {
      is_crun = base_name(argument) == "crun";
      value_follows = false;
    } else if (argument == kOption) {
      value_follows = true;
    } else if (argument.starts_with(kOption) && argument.substr(kOption.size()).starts_with('=')) {
      is_crun = base_name(argument.substr(kOption.size() + 1)) == "crun";
    }
  }
  return is_crun;
}

bool can_wait_killable() {
  if (!kernel_can_wait_killable()) return false;
  std::ifstream file("/proc/" + std::to_string(::getppid()) + "/cmdline", std::ios::binary);
  return names_crun(std::string{std::istreambuf_iterator<char>(file), {}});
}

}  // namespace vgpu::hook
