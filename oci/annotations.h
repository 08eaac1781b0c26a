#pragma once

#include <functional>
#include <map>
#include <string>

namespace vgpu::oci {

// The annotations of a container, by their keys.
using Annotations = std::map<std::string, std::string, std::less<>>;

}  // namespace vgpu::oci
