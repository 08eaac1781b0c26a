#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "gpu/ptx/module.h"

namespace vgpu::ptx {

// The functions of a module whose address is taken: named by a variable's initial value, or by an instruction other
// than as what it calls. Reads all bodies of the module.
std::vector<const DeviceFunction*> find_address_taken(const Module& module);

}  // namespace vgpu::ptx
