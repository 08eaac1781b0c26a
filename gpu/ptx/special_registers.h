#pragma once

#include <optional>
#include <string_view>

#include "gpu/ptx/types.h"

namespace vgpu::ptx {

// "%tid.x", "%lanemask_lt", …
std::string_view special_register_name(SpecialRegister special);
std::optional<SpecialRegister> find_special_register(std::string_view name);

}  // namespace vgpu::ptx
