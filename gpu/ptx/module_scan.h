#pragma once

#include <string_view>
#include <vector>

#include "base/error.h"
#include "gpu/ptx/module.h"

namespace vgpu::ptx {

// What one pass over a module's text finds; bodies are skipped.
struct ModuleContents {
  unsigned target = 0;
  unsigned version = 0;
  std::vector<Variable> variables;
  std::vector<EntrySignature> entries;
  std::vector<DeviceFunction> functions;
};

Expected<ModuleContents> scan_module(std::string_view text);

}  // namespace vgpu::ptx
