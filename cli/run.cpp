#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "cli/commands.h"
#include "gpu/model/device_file.h"
#include "gpu/model/profile.h"
#include "oci/installation.h"

namespace vgpu::cli {
namespace {

struct Options {
  std::string profile, memory, count;
  std::vector<std::string> command;
};

void set_unless_empty(const char* name, const std::string& value) {
  if (!value.empty()) ::setenv(name, value.c_str(), 1);
}

// The environment's device is tried here, because in the program itself a wrong value is only a line in its log.
void set_device_environment(const Options& options) {
  set_unless_empty("VGPU_PROFILE_NAME", options.profile);
  set_unless_empty("VGPU_MEMORY", options.memory);
  set_unless_empty("VGPU_COUNT", options.count);
  value_or_fail(model::devices_from_environment([](const char* name) { return std::getenv(name); }, ""));
}

void set_library_path() {
  std::string path = value_or_fail(oci::library_folder(value_or_fail(oci::program_path())));
  if (const char* present = std::getenv("LD_LIBRARY_PATH"); present != nullptr && *present != '\0') {
    path += std::string(":") + present;
  }
  ::setenv("LD_LIBRARY_PATH", path.c_str(), 1);
}

// What a container with a vGPU has, so that a program behaves as it would there.
void set_container_environment() {
#define VARIABLE(name, value) ::setenv(name, value, 0);
#include "gpu/model/container_environment.def"
#undef VARIABLE
}

[[noreturn]] void execute(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  throw CommandFailed{system_failure("run", command[0], errno).error()};
}

}  // namespace

void add_run(CLI::App& program) {
  CLI::App* command = program.add_subcommand("run", "Run a program with a vGPU, without a container");
  const auto options = std::make_shared<Options>();
  command->add_option("--profile", options->profile, "What the device is; `vgpu profiles` lists them");
  command->add_option("--memory", options->memory, "Device memory, as in 8Gi; a plain number is MiB");
  command->add_option("--count", options->count, "Number of devices");
  command->add_option("program", options->command, "The program and its arguments, after --")->required();
  command->positionals_at_end();
  command->callback([options] {
    set_device_environment(*options);
    set_library_path();
    set_container_environment();
    execute(options->command);
  });
}

}  // namespace vgpu::cli
