#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "oci/plan.h"

// Starting a container's supervisor, which answers its requests to the driver.
namespace vgpu::hook {

class StartedSupervisor {
 public:
  // Begins to start it; the state folder is there already. Fails with why it cannot be.
  static Expected<StartedSupervisor> start(const std::string& program, const std::string& state_folder);

  // Waits until it listens at supervisor_of's socket. Fails with what it says.
  Expected<void> wait();

 private:
  StartedSupervisor(pid_t process, FileDescriptor errors) : process_(process), errors_(std::move(errors)) {}
  pid_t process_;
  FileDescriptor errors_;
};

// Who listens for the container of a state folder that has a supervisor of its own.
oci::Listener supervisor_of(const std::string& state_folder);

// The supervisor of the whole node, where a system manager keeps its socket: who listens for the container of a state
// folder. nullopt when there is none.
std::optional<oci::Listener> node_supervisor(const std::string& state_root, const std::string& state_folder);

}  // namespace vgpu::hook
