#pragma once

#include <string>

#include "oci/config.h"

namespace vgpu::hook {

// Podman does not say what a container of `podman kube play` is called in its pod. This puts it into the annotations,
// by Kubernetes' keys, where the configuration is of such a container and asks for a vGPU. Podman's own name of it is
// POD-CONTAINER, which its storage keeps beside the container's root file system (containers/storage,
// DRIVER-containers/containers.json), and the pod's is its host name. Where either cannot be told nothing is added.
void add_podman_names(const std::string& id, oci::Config& config);

// The name of a container in the text of a containers.json; empty when it has none.
std::string name_in_storage(const std::string& text, const std::string& id);

}  // namespace vgpu::hook
