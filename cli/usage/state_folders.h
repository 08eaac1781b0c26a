#pragma once

#include <string>
#include <vector>

#include "gpu/model/profile.h"
#include "host/process_identity.h"
#include "oci/request.h"

// What the host keeps of its containers with a vGPU (hook/state_folder.h), read.
namespace vgpu::cli::usage {

struct KeptContainer {
  std::string id;
  oci::ContainerNames names;
  std::vector<model::Device> devices;
  host::ProcessIdentity process;  // whose life is the container's; 0 while there is none
  bool has_socket = false;        // a supervisor of its own listens in its folder
};

// The containers below a state root, in the order of their IDs. A folder without devices, of a container that comes or
// goes, is left out. No link is followed.
std::vector<KeptContainer> kept_containers(const std::string& state_root);

// The name that an engine gave a container, from the command line of its monitor, conmon(8), which is its process'
// parent; empty where it has none, as below containerd.
std::string engine_name(const KeptContainer& container);

// The name of a process, /proc/PID/comm. It is the process' own choice.
std::string process_name(pid_t process);

}  // namespace vgpu::cli::usage
