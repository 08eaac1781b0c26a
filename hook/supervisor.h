#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "oci/plan.h"

// Starting a container's supervisor, which answers its requests to the driver.
namespace vgpu::hook {

// Listens at supervisor_of's socket, and starts the program that answers there; it may take a while to come to that.
// Where it does not, the runtime finds nobody at the socket, and fails the start. The state folder is there already.
Expected<void> start_supervisor(const std::string& program, const std::string& state_folder);

// Who listens for the container of a state folder that has a supervisor of its own.
oci::Listener supervisor_of(const std::string& state_folder);

// The supervisor of the whole node, where a system manager keeps its socket: who listens for the container of a state
// folder. nullopt when there is none.
std::optional<oci::Listener> node_supervisor(const std::string& state_root, const std::string& state_folder);

}  // namespace vgpu::hook
