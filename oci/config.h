#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "oci/plan.h"
#include "oci/request.h"

// An OCI runtime configuration (config.json). It is kept in the order and with the fields it came in.
namespace vgpu::oci {

using Config = nlohmann::ordered_json;

// Fails when the text is no JSON object.
Expected<Config> parse_config(std::string_view text);

Annotations annotations_of(const Config& config);

// The value of a variable of the container's process; nullopt when unset. As for getenv(3), the first one counts.
std::optional<std::string> environment_variable(const Config& config, std::string_view name);

// The host path of the root file system; one that is relative is so to the bundle's folder.
Expected<std::string> rootfs_path(const Config& config, const std::string& bundle);

// The ID of the container, which a configuration does not have: the 64 hexadecimal digits in its cgroup's path or in
// the sources of the files that the engine mounts. Empty when there is none.
std::string container_id_of(const Config& config);

// The host paths that are mounted into the container.
std::vector<std::string> mount_sources(const Config& config);

// True when the container has a mount at `path`, above it (other than its root) or below it.
bool has_mount_around(const Config& config, std::string_view path);

// True when a plan has been applied already.
bool has_plan(const Config& config);

// True when the container's /dev is its own, not the machine's.
bool has_private_device_folder(const Config& config);

// True when, beside that, its runtime may make device nodes there: not so in a user namespace, or where somebody else
// has put nodes of NVIDIA's.
bool has_own_device_folder(const Config& config);

// True when the container has a device node at `path`, made by the runtime or mounted.
bool has_device_node(const Config& config, std::string_view path);

// Fails when a section has another type than the specification says.
Expected<void> apply_plan(const Plan& plan, Config& config);

}  // namespace vgpu::oci
