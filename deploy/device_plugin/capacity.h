#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "deploy/device_plugin/settings.h"

// How many devices a node has.
namespace vgpu::device_plugin {

// What of a machine bounds them.
struct Machine {
  std::uint64_t memory = 0;  // bytes
  unsigned cpus = 0;
};

// Fails when the kernel does not say.
Expected<Machine> this_machine();

struct Capacity {
  unsigned devices = 0;
  std::string reason;  // what bounds it, in one line
};

// As many as the machine's memory, without what is reserved, and its CPUs have room for, but no more than 1024. A
// device that may use all CPUs is counted as one. None when a device alone has more memory than the machine, as asked
// for.
Capacity capacity_of(const Settings& settings, const Machine& machine);

// The devices of each of so many resources, so that all together are `devices`: the first ones have one more where it
// does not come out even.
std::vector<unsigned> divide(unsigned devices, std::size_t resources);

// What vgpu.dev/cores says of so many of a machine's CPUs: the percentage that is rounded up to them again. 100 for
// all of them.
unsigned percent_of_cpus(unsigned cpus, unsigned machine_cpus);

}  // namespace vgpu::device_plugin
