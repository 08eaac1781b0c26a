#pragma once

#include "base/error.h"
#include "gpu/ptx/ir.h"
#include "gpu/ptx/module.h"

namespace vgpu::ptx {

// Parses an entry's body into the IR. Bodies of called functions are put in the place of the calls.
Expected<Function> parse_body(const Module& module, const EntrySignature& entry);

}  // namespace vgpu::ptx
