#pragma once

#include <string>

#include "base/error.h"

namespace vgpu::hook {

// What /etc/ld.so.preload says in the root file system that `root` is; empty where there is none, or something that the
// dynamic linker reads nothing from. Fails when it is larger than any list of libraries.
Expected<std::string> read_preload_file(int root);

}  // namespace vgpu::hook
