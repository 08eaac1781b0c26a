#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "cli/commands.h"
#include "cli/output_file.h"
#include "host/state_root.h"
#include "oci/seccomp_profile.h"

namespace vgpu::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string engine = "podman";
  std::string output;
  std::vector<std::string> capabilities;
  bool wait_killable = false;
};

// Where an engine's default profile is a file. The first counts, as for the engine.
struct EngineFiles {
  std::string_view engine;
  std::array<const char*, 2> paths;
  std::string_view missing;
};
constexpr std::array<EngineFiles, 3> kEngines = {{
    {"podman",
     {"/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json"},
     "has no profile on this machine (golang-github-containers-common installs it)"},
    // Compiled into the daemon; Debian has the source of 20.10 as a package.
    {"docker",
     {"/usr/share/gocode/src/github.com/docker/docker/profiles/seccomp/default.json", ""},
     "has its profile compiled in; name a file instead: moby's profiles/seccomp/default.json, or the config.json of a "
     "container that docker runs"},
    {"containerd",
     {"", ""},
     "has its profile compiled in; name a file instead: the config.json of a container that it runs with "
     "RuntimeDefault, or podman"},
}};

std::string profile_file(const std::string& engine) {
  const auto known = std::ranges::find(kEngines, engine, &EngineFiles::engine);
  if (known == kEngines.end()) return engine;
  for (const std::string path : known->paths) {
    std::error_code error;
    if (!path.empty() && fs::exists(path, error)) return path;
  }
  throw CommandFailed{{"engine \"" + engine + "\": " + std::string(known->missing)}};
}

oci::Config read_profile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw CommandFailed{{"seccomp profile \"" + path + "\": cannot be read"}};
  oci::Config profile = oci::Config::parse(text, nullptr, false);
  if (!profile.is_object()) throw CommandFailed{{"seccomp profile \"" + path + "\": not a JSON object"}};
  return profile;
}

std::string kernel() {
  utsname names{};
  return ::uname(&names) == 0 ? names.release : "";
}

void generate(const Options& options) {
  const std::string path = profile_file(options.engine);
  oci::ProfileTarget target;
  target.capabilities = oci::default_capabilities();
  target.capabilities.insert(target.capabilities.end(), options.capabilities.begin(), options.capabilities.end());
  target.kernel = kernel();
  const std::string root = host::state_root();
  const oci::Listener listener{root + host::kNodeSocket, root + host::kContainersFolder, options.wait_killable};
  const auto flat = oci::flat_profile(read_profile(path), target);
  const auto profile = flat ? oci::listening_profile(*flat, listener) : flat;
  if (!profile) throw CommandFailed{{"\"" + path + "\": " + profile.error().message}};
  write_output(options.output, profile->dump(2) + "\n");
}

}  // namespace

void add_seccomp(CLI::App& program) {
  CLI::App* command = program.add_subcommand("seccomp", "Seccomp profiles that let the driver's requests be answered");
  command->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  CLI::App* generate_command = command->add_subcommand(
      "generate", "Write a profile made of an engine's default one, for --security-opt and as Kubernetes' Localhost");
  generate_command->add_option(
      "--engine", options->engine,
      "podman (the default), docker or containerd; or a file: a profile, or the config.json of "
      "a container");
  generate_command->add_option("--output", options->output, "A file; without it standard output");
  generate_command->add_option("--capability", options->capabilities,
                               "Allow what the default profile allows containers with it, such as CAP_SYS_ADMIN");
  generate_command->add_flag("--wait-killable", options->wait_killable,
                             "Signals do not cut off the driver's requests; crun takes it, runc from 1.5 on");
  generate_command->callback([=] { generate(*options); });
}

}  // namespace vgpu::cli
