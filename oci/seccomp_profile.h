#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "oci/config.h"

// Seccomp profiles, as files that are given to engines.
namespace vgpu::oci {

// The container that the conditions of an engine's profile are decided for.
struct ProfileTarget {
  std::vector<std::string> capabilities;  // "CAP_CHOWN", …
  std::string architecture = "amd64";     // Go's name
  std::string kernel;                     // "6.1", or empty: new enough for everything
};

// The capabilities that Docker and containerd give a container which asks for none. Podman's are among them.
const std::vector<std::string>& default_capabilities();

// The profile in the form of an OCI configuration's linux.seccomp, which every engine takes. `profile` may be
//   - one in the form of Docker's and Podman's files, whose rules have conditions on capabilities, architectures and
//     the kernel (`includes`, `excludes`, `archMap`); they are decided for the target;
//   - one in OCI's form already;
//   - a whole config.json, whose linux.seccomp counts.
// Fails when it is none of them.
Expected<Config> flat_profile(const Config& profile, const ProfileTarget& target);

// A flat profile with vgpu's listener (merge_listener).
Expected<Config> listening_profile(const Config& flat, const Listener& listener);

}  // namespace vgpu::oci
