#pragma once

#include <string>

#include "base/error.h"
#include "hook/nri/nri.pb.h"
#include "oci/config.h"

// Seccomp policies that a plugin gives to containers, so that the driver's requests reach the node's supervisor.
namespace vgpu::nri {

struct Engine {
  std::string name, version;  // as it says when the plugin is configured
};

// True for engines that take a policy: NRI has it since 0.10, which is containerd's from 2.2 on and CRI-O's from 1.34
// on. Others pass over it without a word.
bool takes_policy(const Engine& engine);

// True when the container's policy may be replaced by one that is made of the engine's default. Neither engine tells
// what the present one is, only its kind.
bool has_default_policy(const message::Container& container);

// The policy of a profile as `vgpu seccomp generate` writes it. Fails when the profile has no listener, or its sections
// are not of the types that OCI's specification says.
Expected<message::Seccomp> make_policy(const oci::Config& profile);

}  // namespace vgpu::nri
