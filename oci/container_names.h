#pragma once

#include <string>
#include <string_view>

#include "oci/request.h"

// What a container is called by those who started it, for whoever looks at the machine's containers.
namespace vgpu::oci {

// Below the state folder of a container.
inline constexpr const char* kNamesFile = "names.json";

// The names in annotations of containerd, CRI-O and Kubernetes' own; at most 253 bytes of each, as Kubernetes has it.
ContainerNames names_of(const Annotations& annotations);

// The file's text, and back. What is malformed is taken for empty.
std::string names_json(const ContainerNames& names);
ContainerNames parse_names_json(std::string_view text);

}  // namespace vgpu::oci
