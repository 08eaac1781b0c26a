#pragma once

#include <span>
#include <string>

#include "base/error.h"

namespace vgpu::ptx {

struct LinkInput {
  std::string name;  // for errors
  std::string text;  // a module's PTX
};

// Makes one module of several: what one declares as .extern is what another defines. Of definitions that are .weak or
// .common the first is kept, and none beside one that is neither; names that belong to one module (neither .visible,
// .weak nor .common) are changed where another has them too. Line information is left out where there is more than one.
// Fails on text that is no module, and on two definitions of a name.
Expected<std::string> link_modules(std::span<const LinkInput> inputs);

}  // namespace vgpu::ptx
