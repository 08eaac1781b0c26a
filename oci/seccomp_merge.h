#pragma once

#include <string_view>

#include "base/error.h"
#include "oci/config.h"

// Adding a listener for NVIDIA's requests to a configuration's seccomp section, whatever that is like.
namespace vgpu::oci {

// Makes the configuration's filter notify of what nvidia_requests() and node_open_flags() are, as far as it allows that
// now. What it denies stays denied, and nothing else changes. Fails, and changes nothing, when the filter has a
// listener already or cannot be combined with one. A filter of `vgpu seccomp generate` has these rules, and gets this
// listener in place of the one for any container.
Expected<void> merge_listener(const Listener& listener, Config& config);

// True when the configuration's filter has the listener of a profile that vgpu has made for any container: one whose
// metadata is `containers`, the folder that containers' own folders are in.
bool has_shared_listener(const Config& config, std::string_view containers);

// Removes the filter and what else makes a runtime connect to a listener. Only for a container whose start a hook
// refuses: crun connects before it runs that hook, and where it cannot, the reason of the refusal would not be seen.
void remove_filter(Config& config);

}  // namespace vgpu::oci
