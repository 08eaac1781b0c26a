#pragma once

#include <string>
#include <string_view>

namespace vgpu::rm {

// The version at the end of the name of NVIDIA's libcuda or libnvidia-ml ("…/libcuda.so.535.309.01"), the first one in
// the text of a process' /proc/PID/maps; empty when it has neither.
std::string library_version_in(std::string_view maps);

}  // namespace vgpu::rm
