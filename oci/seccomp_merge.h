#pragma once

#include <string>

#include "base/error.h"
#include "oci/config.h"

// Adding a listener for NVIDIA's requests to a configuration's seccomp section, whatever that is like.
namespace vgpu::oci {

// Makes the configuration's filter notify of what nvidia_requests() and node_open_flags() are, as far as it allows that
// now. What it denies stays denied, and nothing else changes. Fails, and changes nothing, when the filter has a
// listener already or cannot be combined with one.
Expected<void> merge_listener(const Listener& listener, Config& config);

// Removes the filter and what else makes a runtime connect to a listener. Only for a container whose start a hook
// refuses: crun connects before it runs that hook, and where it cannot, the reason of the refusal would not be seen.
void remove_filter(Config& config);

}  // namespace vgpu::oci
