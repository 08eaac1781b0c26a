#pragma once

#include <string>
#include <vector>

namespace vgpu::host {

// The names in an open folder but `.` and `..`, in no order; at most `most` of them: a folder may be made to be
// endless.
std::vector<std::string> folder_names(int folder, std::size_t most);

}  // namespace vgpu::host
