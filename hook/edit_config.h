#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "oci/config.h"

// Giving a container its vGPU by its configuration, for every road on which an engine lets that be edited: Podman's
// precreate stage, an OCI runtime, and a plugin of the node resource interface.
namespace vgpu::hook {

// What a configuration does not say about its container.
struct Surroundings {
  std::string id;              // empty where the engine does not tell; it is then looked for in the configuration
  std::string bundle;          // the folder on the host that a relative `root.path` begins at
  bool wait_killable = false;  // as in oci::Listener
};

// The ID of a container whose engine does not tell it: what the configuration shows, else a random one.
std::string identify(const oci::Config& config);

// The configuration with the device that its annotations and CDI devices ask for. Makes what the container has on the
// host, which its supervisor or the poststop hook removes at its end, and starts its supervisor. nullopt: it asks for
// none, is a pod's sandbox, or has its device already; then nothing was made. Fails with the reason that the user is to
// read; what was made by then is removed again.
Expected<std::optional<oci::Config>> edit_config(const oci::Config& config, const Surroundings& surroundings);

}  // namespace vgpu::hook
