#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vgpu::cli::doctor {

// The absolute folders of a list separated by `:`, as in LD_LIBRARY_PATH or DT_RUNPATH, at most a few hundred.
// `$ORIGIN` becomes `origin`, the folder of the file that has the list; without one such entries are left out, as
// relative ones.
std::vector<std::string> split_path(std::string_view list, const std::string& origin = {});

}  // namespace vgpu::cli::doctor
