#pragma once

#include <string>

#include "base/error.h"
#include "oci/plan.h"

namespace vgpu::hook {

// What this machine can give to one container.
oci::Limits machine_limits();

// The facts of a plan that come from the installation; those of the image are left empty.
Expected<oci::Facts> installation_facts(const std::string& container_id, const std::string& state_folder);

}  // namespace vgpu::hook
