#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace vgpu::exec {

// The text that device printf makes of a format and its argument buffer, in which each argument is aligned to its own
// size: integers take 4 bytes or, with l, ll, j, z and t, 8; floating-point numbers and pointers take 8.
// `arguments_used` is the number of arguments that were read.
std::string format_print(const char* format, const std::byte* arguments, std::int32_t& arguments_used);

// CUDA's vprintf: writes that text to standard output. Returns the number of arguments, -1 for a null format.
std::int32_t print_formatted(const char* format, const std::byte* arguments);

}  // namespace vgpu::exec
