#include <signal.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <span>

#include "deploy/device_plugin/plugin.h"
#include "deploy/device_plugin/report.h"
#include "host/privileges.h"

namespace vgpu::device_plugin {
namespace {

void add_options(CLI::App& program, Options& options) {
  program.set_config("--config", "", "A file with these options, one NAME=VALUE a line");
  program.add_option("--resource", options.resources,
                     "What is advertised: vgpu.dev/gpu (the default), nvidia.com/gpu; more than one share the devices");
  program.add_option("--profile", options.profile, "What each device is; `vgpu profiles` lists them");
  program.add_option("--memory", options.memory, "Memory of each device, such as 8Gi; the profile's without it");
  program.add_option("--cpus", options.cpus,
                     "CPUs that each device computes on; all without it, and one is counted for each");
  program.add_option("--reserve-memory", options.reserved_memory, "Memory of the node that is not for devices");
  program.add_option("--memory-overcommit", options.memory_overcommit, "How many times the node's memory is counted");
  program.add_option("--cpu-overcommit", options.cpu_overcommit, "How many times the node's CPUs are counted");
  program.add_option("--count", options.count, "Devices of the node, instead of as many as fit")
      ->check(CLI::PositiveNumber);
  program
      .add_option("--answer", options.answers,
                  "How the engine is told of a container's devices: cdi, annotations, or both (the default)")
      ->delimiter(',');
  program.add_option("--kubelet-folder", options.kubelet_folder, "Where kubelet.sock is");
  program.add_option("--libraries", options.library_folder, "The folder on the node that is mounted into containers");
  program.add_option("--supervisor-socket", options.supervisor_socket, "Where the node's supervisor listens");
  program.add_flag("--no-supervisor", options.no_supervisor, "Devices are healthy without the node's supervisor");
  program.add_option("--health-interval", options.health_interval, "Seconds between looks at the devices' health");
}

// Nothing is needed but to be the user whose folder kubelet's is.
Expected<void> restrict_process() {
  if (auto isolated = host::isolate_process(); !isolated) return isolated;
  // The sockets are for kubelet alone.
  ::umask(0177);
  return host::keep_capabilities({});
}

void block_end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

Expected<void> run(const Options& options) {
  const auto settings = make_settings(options);
  if (!settings) return std::unexpected(settings.error());
  if (auto restricted = restrict_process(); !restricted) return restricted;
  // Before gRPC starts threads of its own.
  block_end_signals();
  return run_plugin(*settings);
}

}  // namespace
}  // namespace vgpu::device_plugin

int main(int argc, char** argv) {
  vgpu::device_plugin::Options options;
  CLI::App program("vgpu-device-plugin: tells kubelet of the vGPUs that this node has");
  vgpu::device_plugin::add_options(program, options);
  try {
    program.parse(argc, argv);
    const auto ended = vgpu::device_plugin::run(options);
    if (ended) return 0;
    vgpu::device_plugin::report(ended.error().message);
  } catch (const CLI::ParseError& error) {
    return program.exit(error);
  } catch (const std::exception& error) {
    vgpu::device_plugin::report(error.what());
  }
  return 1;
}
