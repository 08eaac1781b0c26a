#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "gpu/ptx/ir.h"
#include "gpu/ptx/lexer.h"

namespace vgpu::ptx {

// The space that a directive names (".shared", ".param"); nullopt for other directives.
std::optional<Space> space_of_directive(std::string_view directive);

// Reads the variables of one declaration, the lexer standing behind the space's directive:
// `.align 4 .b8 table[8] = {1, 2}`, `.v2 .f32 a, b`. Takes no semicolon. Offsets are left at 0.
Expected<std::vector<Variable>> parse_variables(Lexer& lexer, Space space);

// Reads one variable only, for parameter lists, where a comma ends it.
Expected<Variable> parse_variable(Lexer& lexer, Space space);

// Reads `(.param .u64 a, .param .b8 b[4], …)`, the lexer standing before the parenthesis. Space of each: Param.
Expected<std::vector<Variable>> parse_parameter_list(Lexer& lexer);

}  // namespace vgpu::ptx
