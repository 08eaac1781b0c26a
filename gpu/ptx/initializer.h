#pragma once

#include "base/error.h"
#include "gpu/ptx/ir.h"
#include "gpu/ptx/lexer.h"

namespace vgpu::ptx {

// Reads what follows `=` in a declaration into variable.initializer and variable.relocations. Elements that are not
// named are zero. A variable of size 0 (`x[]`) gets the size of its initialiser.
Expected<void> parse_initializer(Lexer& lexer, Variable& variable);

}  // namespace vgpu::ptx
