#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "deploy/device_plugin/settings.h"

// Which devices a container is to have, and how its engine is told.
namespace vgpu::device_plugin {

// IDs of a resource's devices. Those of one node and resource stay the same over restarts, since kubelet keeps which
// container has which. Under NVIDIA's name they are UUIDs, as its own plugin's are: GPU-….
std::vector<std::string> device_ids(const std::string& resource, unsigned count, const std::string& node);

// What the engine is told.
struct Grant {
  std::map<std::string, std::string> annotations;
  std::vector<std::string> cdi_devices;
};

// For a container that has so many devices. They are all alike, so the names 0, 1, … of `vgpu cdi generate` say how
// many and not which. `cores` is in percent of the machine's CPUs. Fails when a container cannot
// have that many.
Expected<Grant> grant_for(const Settings& settings, unsigned count, unsigned cores);

// `size` of the devices, among them those that must be. The others are those of the lowest position in `known`, so that
// what is given does not depend on the order in which kubelet names them. Fails when there are none such, or when a
// device is not known.
Expected<std::vector<std::string>> prefer(const std::vector<std::string>& known,
                                          const std::vector<std::string>& available,
                                          const std::vector<std::string>& must_include, int size);

// Fails when a device is not known, or named twice, or when there is none.
Expected<void> check_devices(const std::vector<std::string>& known, const std::vector<std::string>& asked);

}  // namespace vgpu::device_plugin
