#pragma once

#include <string>

#include "base/error.h"
#include "hook/container_state.h"
#include "oci/config.h"

namespace vgpu::hook {

// A container that an engine is making.
struct Container {
  ContainerState state;
  oci::Config config;
  std::string root;  // of its file system, on the host and free of links
};

// The container whose state this is. Fails when its bundle has no configuration, or its root file system is not there.
Expected<Container> read_container(const ContainerState& state);

}  // namespace vgpu::hook
