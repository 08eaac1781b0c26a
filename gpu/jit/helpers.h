#pragma once

#include <string_view>

namespace vgpu::jit {

// Address of the function that compiled kernels call by this name; nullptr when there is none.
const void* find_helper(std::string_view name);

}  // namespace vgpu::jit
