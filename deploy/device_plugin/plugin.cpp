#include "deploy/device_plugin/plugin.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <memory>

#include "deploy/device_plugin/allocation.h"
#include "deploy/device_plugin/capacity.h"
#include "deploy/device_plugin/endpoint.h"
#include "deploy/device_plugin/folder_watch.h"
#include "deploy/device_plugin/health.h"
#include "deploy/device_plugin/report.h"

namespace vgpu::device_plugin {
namespace {

using Clock = std::chrono::steady_clock;
using Endpoints = std::vector<std::unique_ptr<Endpoint>>;

// Between attempts to register with a kubelet that does not answer.
constexpr std::chrono::milliseconds kRetry{1000};

Expected<FileDescriptor> end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  FileDescriptor descriptor(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!descriptor.valid()) return system_failure("wait for", "signals", errno);
  return descriptor;
}

// What UUIDs follow from. In a container it is the image's, or none; then they follow from the position alone, and are
// distinct on a node all the same.
std::string node_identity() {
  std::ifstream file("/etc/machine-id");
  std::string text;
  std::getline(file, text);
  return text;
}

Expected<Endpoints> make_endpoints(const Settings& settings) {
  const auto machine = this_machine();
  if (!machine) return std::unexpected(machine.error());
  const Capacity capacity = capacity_of(settings, *machine);
  report(std::to_string(capacity.devices) + " devices of profile " + settings.profile.id + ": " + capacity.reason);
  const unsigned cores = settings.cpus == 0 ? 100 : percent_of_cpus(settings.cpus, machine->cpus);
  const std::vector<unsigned> shares = divide(capacity.devices, settings.resources.size());
  const std::string node = node_identity();
  Endpoints endpoints;
  for (std::size_t index = 0; index < shares.size(); ++index) {
    const std::string& resource = settings.resources[index];
    endpoints.push_back(
        std::make_unique<Endpoint>(settings, cores, resource, device_ids(resource, shares[index], node)));
  }
  return endpoints;
}

void look_at_health(const Settings& settings, const Endpoints& endpoints) {
  const Expected<void> health = check_health(settings);
  bool changed = false;
  for (const auto& endpoint : endpoints) changed = endpoint->devices().set_health(health) || changed;
  if (changed) report(health ? "healthy" : "unhealthy: " + health.error().message);
}

// Whether all are registered.
Expected<bool> settle(const Endpoints& endpoints) {
  bool all = true;
  for (const auto& endpoint : endpoints) {
    const auto settled = endpoint->settle();
    if (!settled) return settled;
    all = *settled && all;
  }
  return all;
}

}  // namespace

Expected<void> run_plugin(const Settings& settings) {
  const auto ended = end_signals();
  if (!ended) return std::unexpected(ended.error());
  auto watch = FolderWatch::open(settings.kubelet_folder);
  if (!watch) return std::unexpected(watch.error());
  const auto endpoints = make_endpoints(settings);
  if (!endpoints) return std::unexpected(endpoints.error());

  auto next_look = Clock::now();
  for (;;) {
    if (Clock::now() >= next_look) {
      look_at_health(settings, *endpoints);
      next_look = Clock::now() + settings.health_interval;
    }
    const auto settled = settle(*endpoints);
    if (!settled) return std::unexpected(settled.error());
    auto wait = std::chrono::ceil<std::chrono::milliseconds>(next_look - Clock::now());
    if (!*settled) wait = std::min(wait, kRetry);
    std::array<pollfd, 2> descriptors = {pollfd{ended->get(), POLLIN, 0}, pollfd{watch->descriptor(), POLLIN, 0}};
    const int ready = ::poll(descriptors.data(), descriptors.size(), static_cast<int>(std::max<long>(0, wait.count())));
    if (ready < 0 && errno != EINTR) return system_failure("wait for", "events", errno);
    if (descriptors[0].revents != 0) return {};
    if (descriptors[1].revents != 0 && !watch->drain()) {
      return failure("folder \"" + settings.kubelet_folder + "\": is gone");
    }
  }
}

}  // namespace vgpu::device_plugin
