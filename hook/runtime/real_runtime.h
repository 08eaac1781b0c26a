#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/error.h"

// The runtime that does the work.
namespace vgpu::runtime {

// The path of an executable file that is not this program itself. `asked` is the option's value, else the machine's
// configuration; without both it is the first of crun and runc in the folders where distributions install them, never
// in the caller's PATH. Fails with the reason.
Expected<std::string> find_real_runtime(const std::optional<std::string>& asked);

// The same with folders of one's own.
Expected<std::string> search_runtime(std::span<const char* const> folders);

// True for crun, which takes more than runc does.
bool is_crun(const std::string& path);

}  // namespace vgpu::runtime
