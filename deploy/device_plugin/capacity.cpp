#include "deploy/device_plugin/capacity.h"

#include <fmt/format.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace vgpu::device_plugin {
namespace {

constexpr unsigned kMaximum = 1024;

std::uint64_t mebibytes(std::uint64_t bytes) {
  return bytes >> 20;
}

// The most whole parts of one size that there are in a whole, which counts `factor` times.
unsigned fitting(double whole, double factor, double part) {
  return static_cast<unsigned>(std::min(whole * factor / part, static_cast<double>(kMaximum)));
}

}  // namespace

Expected<Machine> this_machine() {
  struct sysinfo info{};
  if (::sysinfo(&info) != 0) return system_failure("read", "memory of the machine", errno);
  // Not those that this process may use: a pod's are often fewer.
  const long cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
  if (cpus < 1) return system_failure("read", "number of CPUs", errno);
  return Machine{static_cast<std::uint64_t>(info.totalram) * info.mem_unit, static_cast<unsigned>(cpus)};
}

Capacity capacity_of(const Settings& settings, const Machine& machine) {
  // However often it is counted: a container that asks for it is refused.
  if (settings.has_own_memory && settings.profile.memory > machine.memory) {
    return {0, fmt::format("each has {} MiB, more than the node's {} MiB", mebibytes(settings.profile.memory),
                           mebibytes(machine.memory))};
  }
  if (settings.count > 0) return {settings.count, "as asked for"};
  const std::uint64_t memory = machine.memory - std::min(settings.reserved_memory, machine.memory);
  const unsigned by_memory =
      fitting(static_cast<double>(memory), settings.memory_overcommit, static_cast<double>(settings.profile.memory));
  const unsigned each = std::max(1U, settings.cpus);
  const unsigned by_cpus = fitting(machine.cpus, settings.cpu_overcommit, each);
  if (by_memory <= by_cpus) {
    return {by_memory, fmt::format("each has {} MiB, and the node {} MiB for them, counted {} times",
                                   mebibytes(settings.profile.memory), mebibytes(memory), settings.memory_overcommit)};
  }
  return {by_cpus, fmt::format("each has {} CPUs, and the node {}, counted {} times", each, machine.cpus,
                               settings.cpu_overcommit)};
}

std::vector<unsigned> divide(unsigned devices, std::size_t resources) {
  std::vector<unsigned> shares(resources, devices / static_cast<unsigned>(resources));
  for (std::size_t index = 0; index < devices % resources; ++index) ++shares[index];
  return shares;
}

unsigned percent_of_cpus(unsigned cpus, unsigned machine_cpus) {
  if (cpus >= machine_cpus) return 100;
  return std::max(1U, cpus * 100 / machine_cpus);
}

}  // namespace vgpu::device_plugin
