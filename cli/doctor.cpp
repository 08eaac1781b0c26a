#include <cstdio>
#include <map>
#include <memory>

#include "cli/commands.h"
#include "cli/doctor/find_container.h"
#include "cli/doctor/findings.h"
#include "host/state_root.h"
#include "oci/installation.h"

namespace vgpu::cli {
namespace {

constexpr std::size_t kLongestTrace = std::size_t{64} << 20;

struct Options {
  std::string container, rootfs, trace;
  std::vector<std::string> environment;
  bool json = false;
};

std::map<std::string, std::string> variables(const std::vector<std::string>& settings) {
  std::map<std::string, std::string> variables;
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos) throw CommandFailed{{"--env \"" + setting + "\": not NAME=VALUE"}};
    variables.insert_or_assign(setting.substr(0, equals), setting.substr(equals + 1));
  }
  return variables;
}

doctor::Findings examine(const Options& options) {
  if (options.container.empty() && options.rootfs.empty() && options.trace.empty()) return doctor::examine_machine();
  doctor::Findings findings;
  if (!options.container.empty() || !options.rootfs.empty()) {
    const std::string libraries = value_or_fail(oci::library_folder(value_or_fail(oci::program_path())));
    if (!options.rootfs.empty()) {
      findings = doctor::examine_container(
          value_or_fail(doctor::open_image(options.rootfs, variables(options.environment), libraries)));
    } else {
      const auto found = value_or_fail(doctor::find_container(options.container, host::state_root()));
      findings = doctor::examine_container(value_or_fail(doctor::open_running(found.pid, libraries)));
    }
  }
  if (!options.trace.empty()) {
    const std::string text = value_or_fail(doctor::read_at_most(options.trace, kLongestTrace));
    doctor::Findings calls = doctor::examine_trace(text, doctor::in_quotes(options.trace));
    std::ranges::move(calls, std::back_inserter(findings));
  }
  return findings;
}

void run(const Options& options) {
  const doctor::Findings findings = examine(options);
  const std::string text = options.json ? doctor::to_json(findings) : doctor::to_text(findings);
  std::fwrite(text.data(), 1, text.size(), stdout);
  // The lines have said it all.
  if (!doctor::passes(findings)) throw CLI::RuntimeError(1);
}

}  // namespace

void add_doctor(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "doctor", "Say what this machine lacks, or what CUDA programs of a container will find, and what to do about it");
  const auto options = std::make_shared<Options>();
  auto* container = command->add_option("container", options->container,
                                        "A running container: its name, ID, the beginning of it, or a process ID");
  auto* rootfs = command->add_option("--rootfs", options->rootfs,
                                     "A root file system that does not run, as the hook would start it");
  container->excludes(rootfs);
  command->add_option("--env", options->environment, "NAME=VALUE: a variable that the image of --rootfs sets")
      ->needs(rootfs);
  command->add_option("--trace", options->trace, "Sum up this file, which VGPU_TRACE named");
  command->add_flag("--json", options->json, "Print an array of objects: what, state, detail, advice");
  command->callback([options] { run(*options); });
}

}  // namespace vgpu::cli
