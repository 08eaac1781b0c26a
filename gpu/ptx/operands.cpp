#include "gpu/ptx/operands.h"

#include <optional>

#include "gpu/ptx/number.h"
#include "gpu/ptx/special_registers.h"

namespace vgpu::ptx {

Expected<void> OperandParser::parse(Lexer& lexer, Type type, std::vector<Operand>& operands) {
  if (lexer.peek().is('[')) return parse_address(lexer, operands);
  if (lexer.accept('{')) {
    do {
      if (auto done = parse_single(lexer, type, operands); !done) return done;
    } while (lexer.accept(','));
    if (!lexer.accept('}')) return failure(expected_message("\"}\"", lexer.peek()));
    return {};
  }
  do {
    if (auto done = parse_single(lexer, type, operands); !done) return done;
  } while (lexer.accept('|'));
  return {};
}

Expected<void> OperandParser::parse_single(Lexer& lexer, Type type, std::vector<Operand>& operands) {
  const bool negated = lexer.accept('!');
  const Token token = lexer.peek();
  Expected<Operand> operand;
  if (token.kind == Token::Kind::Word && token.text == "WARP_SZ") {
    lexer.next();
    operand = Operand{.kind = Operand::Kind::Immediate, .value = 32};
  } else if (token.kind == Token::Kind::Word) {
    lexer.next();
    operand = resolve(token);
    if (operand && operand->kind == Operand::Kind::Variable) {
      if (auto done = parse_offset(lexer, *operand); !done) return done;
    }
  } else {
    operand = parse_literal(lexer, type);
  }
  if (!operand) return std::unexpected(operand.error());
  operand->negated = negated;
  operands.push_back(*operand);
  return {};
}

Expected<void> OperandParser::parse_address(Lexer& lexer, std::vector<Operand>& operands) {
  lexer.next();
  Expected<Operand> operand;
  if (lexer.peek().kind == Token::Kind::Word) {
    operand = resolve(lexer.next());
    if (operand) {
      if (auto done = parse_offset(lexer, *operand); !done) return done;
    }
  } else {
    operand = parse_literal(lexer, Type::U64);
  }
  if (!operand) return std::unexpected(operand.error());
  operands.push_back(*operand);
  if (lexer.accept(',')) {
    if (auto done = parse_coordinates(lexer, operands); !done) return done;
  }
  if (!lexer.accept(']')) return failure(expected_message("\"]\"", lexer.peek()));
  return {};
}

// Integers among literals are integers: the layer of an array stands beside real coordinates.
Expected<void> OperandParser::parse_coordinates(Lexer& lexer, std::vector<Operand>& operands) {
  const bool is_vector = lexer.accept('{');
  do {
    const Token& token = lexer.peek();
    const auto number = token.kind == Token::Kind::Number ? parse_number(token.text) : std::nullopt;
    const bool is_real = number && number->kind != Number::Kind::Integer;
    if (auto done = parse_single(lexer, is_real ? Type::F32 : Type::B32, operands); !done) return done;
  } while (is_vector && lexer.accept(','));
  if (is_vector && !lexer.accept('}')) return failure(expected_message("\"}\"", lexer.peek()));
  return {};
}

Expected<void> OperandParser::parse_offset(Lexer& lexer, Operand& operand) {
  while (lexer.peek().is('+') || lexer.peek().is('-')) {
    lexer.accept('+');
    const auto offset = parse_literal(lexer, Type::U64);
    if (!offset) return std::unexpected(offset.error());
    operand.value += offset->value;
  }
  return {};
}

Expected<Operand> OperandParser::parse_literal(Lexer& lexer, Type type) {
  const bool negative = lexer.accept('-');
  const bool inverted = !negative && lexer.accept('~');
  const Token token = lexer.peek();
  const auto number = token.kind == Token::Kind::Number ? parse_number(token.text) : std::nullopt;
  if (!number) return failure(expected_message("an operand", token));
  auto bits = literal_bits(negative ? number->negated() : *number, type);
  if (!bits) return failure(expected_message(std::string("a literal of type ") + type_name(type), token));
  if (inverted) *bits = ~*bits;
  lexer.next();
  return Operand{.kind = Operand::Kind::Immediate, .value = *bits};
}

Expected<Operand> OperandParser::resolve(const Token& name) {
  if (name.text == "_") return Operand{};
  if (const auto symbol = scopes_.find(name.text)) {
    const bool is_register = symbol->kind == Symbol::Kind::Register;
    return Operand{.kind = is_register ? Operand::Kind::Register : Operand::Kind::Variable, .index = symbol->index};
  }
  if (const auto special = find_special_register(name.text)) {
    return Operand{.kind = Operand::Kind::Special, .index = static_cast<std::uint32_t>(*special)};
  }
  if (const Variable* variable = module_.find_variable(name.text)) return use_module_variable(*variable);
  if (const DeviceFunction* function = module_.find_function(name.text); function && !function->body.empty()) {
    return Operand{.kind = Operand::Kind::Immediate, .value = static_cast<std::int64_t>(function->address)};
  }
  return failure("line " + std::to_string(name.line) + ": unknown name \"" + std::string(name.text) + '"');
}

Operand OperandParser::use_module_variable(const Variable& variable) {
  const auto [found, is_new] =
      module_variables_.try_emplace(&variable, static_cast<std::uint32_t>(function_.variables.size()));
  if (is_new) {
    Variable& copy = function_.variables.emplace_back(variable);
    copy.initializer.clear();
    copy.relocations.clear();
    if (variable.space == Space::Global || variable.space == Space::Const) {
      copy.offset = function_.globals.size();
      function_.globals.push_back(variable.name);
    }
  }
  return {.kind = Operand::Kind::Variable, .index = found->second};
}

}  // namespace vgpu::ptx
