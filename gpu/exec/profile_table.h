#pragma once

#include <cstdint>
#include <string>

namespace vgpu::exec {

// True for VGPU_PROFILE=1: at the end of the process a table of the time by kernel is written to standard error.
bool profiling();
// Adds one run of a kernel or task to the table.
void add_to_profile(const std::string& name, std::uint64_t nanoseconds);

}  // namespace vgpu::exec
