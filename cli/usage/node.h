#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/usage/answer.h"
#include "gpu/model/profile.h"
#include "oci/request.h"

// All containers with a vGPU below a state root: what they are called, what they have, and what they hold and do.
namespace vgpu::cli::usage {

struct UsedDevice {
  model::Device device;
  std::optional<DeviceUse> use;  // nullopt where nobody could say
};

struct Container {
  std::string id;
  oci::ContainerNames names;
  std::string engine_name;  // that Podman or CRI-O gave it
  std::vector<UsedDevice> devices;
  std::string unknown;  // why there is no use; empty where there is
};

// What to do with a container for which nobody answers and whose process is not there: it has ended, or this program is
// in a PID namespace that does not show it.
enum class Unseen { LeftOut, Unknown };

// The containers in the order of their IDs. Takes no longer than `time`, whatever supervisors do.
std::vector<Container> look_at_node(const std::string& state_root, std::chrono::milliseconds time,
                                    Unseen unseen = Unseen::LeftOut);

// What a container is called: NAMESPACE/POD/CONTAINER, or the engine's name for it, or the beginning of its ID.
std::string display_name(const Container& container);

// The container's name in its pod, or the engine's, or the beginning of its ID: never empty.
std::string short_name(const Container& container);

}  // namespace vgpu::cli::usage
