#include "gpu/ptx/declaration.h"

#include <algorithm>
#include <bit>

#include "gpu/ptx/initializer.h"
#include "gpu/ptx/modifiers.h"
#include "gpu/ptx/number.h"

namespace vgpu::ptx {
namespace {

constexpr std::uint64_t kLargestVariable = 1ull << 30;  // bytes

Expected<std::uint64_t> parse_count(Lexer& lexer) {
  const Token token = lexer.peek();
  const auto number = token.kind == Token::Kind::Number ? parse_number(token.text) : std::nullopt;
  if (!number || number->kind != Number::Kind::Integer || number->bits > kLargestVariable) {
    return failure(expected_message("a count", token));
  }
  lexer.next();
  return number->bits;
}

// What stands before the name: `.align 8 .v2 .f32`, `.u64 .ptr .global .align 4`, `.attribute(.managed) .b8`.
struct Head {
  Type type = Type::None;
  std::uint32_t vector = 1;
  std::uint32_t alignment = 0;
};

Expected<Head> parse_head(Lexer& lexer) {
  Head head;
  bool pointer = false;
  while (lexer.peek().kind == Token::Kind::Directive) {
    const Token token = lexer.next();
    const std::string_view name = token.text.substr(1);
    if (name == "align") {
      const auto count = parse_count(lexer);
      if (!count) return std::unexpected(count.error());
      if (!std::has_single_bit(*count)) return failure(expected_message("a power of two behind \".align\"", token));
      if (!pointer) head.alignment = static_cast<std::uint32_t>(*count);
    } else if (name == "ptr") {
      pointer = true;
    } else if (name == "attribute") {
      while (lexer.peek().kind != Token::Kind::End && !lexer.accept(')')) lexer.next();
    } else if (name == "v2" || name == "v4") {
      head.vector = name == "v2" ? 2 : 4;
    } else if (name == "texref" || name == "samplerref" || name == "surfref") {
      head.type = Type::B64;  // a handle: variables may stand in a module whose other entries do not use them
    } else if (const Type type = find_type(name); type != Type::None) {
      head.type = type;
    } else if (!(pointer && space_of_directive(token.text))) {
      return failure(expected_message("a type", token));
    }
  }
  if (head.type == Type::None) return failure(expected_message("a type", lexer.peek()));
  return head;
}

Expected<Variable> parse_named(Lexer& lexer, Space space, const Head& head) {
  Variable variable;
  variable.space = space;
  variable.type = head.type;
  const Token name = lexer.peek();
  if (name.kind != Token::Kind::Word) return failure(expected_message("a name", name));
  lexer.next();
  variable.name = std::string(name.text);
  const std::uint64_t element = std::uint64_t{byte_size(head.type)} * head.vector;
  variable.alignment = head.alignment != 0 ? head.alignment : static_cast<std::uint32_t>(element);
  std::uint64_t count = 1;
  while (lexer.accept('[')) {
    if (lexer.accept(']')) {
      count = 0;
      continue;
    }
    const auto dimension = parse_count(lexer);
    if (!dimension) return std::unexpected(dimension.error());
    count *= *dimension;
    if (count * element > kLargestVariable || !lexer.accept(']')) {
      return failure(expected_message("\"]\" behind a size up to 1 GiB", lexer.peek()));
    }
  }
  variable.size = count * element;
  if (lexer.accept('=')) {
    if (auto done = parse_initializer(lexer, variable); !done) return std::unexpected(done.error());
  }
  return variable;
}

}  // namespace

std::optional<Space> space_of_directive(std::string_view directive) {
  if (directive == ".global") return Space::Global;
  if (directive == ".shared") return Space::Shared;
  if (directive == ".local") return Space::Local;
  if (directive == ".param") return Space::Param;
  if (directive == ".const") return Space::Const;
  return std::nullopt;
}

Expected<Variable> parse_variable(Lexer& lexer, Space space) {
  const auto head = parse_head(lexer);
  if (!head) return std::unexpected(head.error());
  return parse_named(lexer, space, *head);
}

Expected<std::vector<Variable>> parse_variables(Lexer& lexer, Space space) {
  const auto head = parse_head(lexer);
  if (!head) return std::unexpected(head.error());
  std::vector<Variable> variables;
  do {
    auto variable = parse_named(lexer, space, *head);
    if (!variable) return std::unexpected(variable.error());
    variables.push_back(std::move(*variable));
  } while (lexer.accept(','));
  return variables;
}

Expected<std::vector<Variable>> parse_parameter_list(Lexer& lexer) {
  std::vector<Variable> parameters;
  if (!lexer.accept('(')) return failure(expected_message("\"(\"", lexer.peek()));
  if (lexer.accept(')')) return parameters;
  do {
    if (!lexer.accept_directive(".param")) return failure(expected_message("\".param\"", lexer.peek()));
    auto parameter = parse_variable(lexer, Space::Param);
    if (!parameter) return std::unexpected(parameter.error());
    parameters.push_back(std::move(*parameter));
  } while (lexer.accept(','));
  if (!lexer.accept(')')) return failure(expected_message("\")\"", lexer.peek()));
  return parameters;
}

}  // namespace vgpu::ptx
