#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vgpu::model {

using Uuid = std::array<std::uint8_t, 16>;

// The UUID of device `ordinal` of whatever the seed names (a container's ID): the same arguments give the same UUID,
// shaped as version 4. Not a secret and not for security.
Uuid uuid_from_seed(std::string_view seed, unsigned ordinal = 0);

// Reads "GPU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"; the prefix may be missing. nullopt: it is not one.
std::optional<Uuid> parse_uuid(std::string_view text);

}  // namespace vgpu::model
