#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace vgpu::ptx {

enum class Linkage : std::uint8_t { Local, Visible, Weak, Common, Extern };

// A declaration or definition of a module: its text from the first directive to its `;` or `}`.
struct ModuleItem {
  Linkage linkage = Linkage::Local;
  std::vector<std::string_view> names;  // more than one for `.global .b32 a, b;`; none for .pragma and .alias
  std::string_view text;
  bool is_definition = false;  // an entry or function with a body, or a variable that is not .extern
};

// The items of a module's text, which scan_module must have accepted; without .version, .target, .address_size and what
// is there for debuggers.
Expected<std::vector<ModuleItem>> module_items(std::string_view text);

}  // namespace vgpu::ptx
