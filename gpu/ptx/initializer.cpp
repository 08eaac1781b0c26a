#include "gpu/ptx/initializer.h"

#include <cstring>

#include "gpu/ptx/number.h"

namespace vgpu::ptx {
namespace {

class Initializer {
 public:
  Initializer(Lexer& lexer, Variable& variable) : lexer_(lexer), variable_(variable) {}

  Expected<void> parse() {
    open_ended_ = variable_.size == 0;
    variable_.initializer.resize(variable_.size);
    if (!lexer_.peek().is('{')) {
      if (auto done = element(); !done) return done;
    } else if (auto done = braces(); !done) {
      return done;
    }
    if (open_ended_) variable_.size = variable_.initializer.size();
    return {};
  }

 private:
  Expected<void> braces() {
    unsigned depth = 0;
    do {
      if (lexer_.accept('{')) {
        ++depth;
      } else if (lexer_.accept('}')) {
        --depth;
      } else if (lexer_.accept(',')) {
        continue;
      } else if (auto done = element(); !done) {
        return done;
      }
    } while (depth > 0);
    return {};
  }

  Expected<void> element() {
    const std::size_t width = byte_size(variable_.type);
    if (open_ended_) variable_.initializer.resize(at_ + width);
    if (at_ + width > variable_.initializer.size()) {
      return failure(expected_message("\"}\" behind the last element", lexer_.peek()));
    }
    const bool generic = lexer_.peek().kind == Token::Kind::Word && lexer_.peek().text == "generic";
    if (generic) {
      lexer_.next();
      if (!lexer_.accept('(')) return failure(expected_message("\"(\"", lexer_.peek()));
    }
    std::uint64_t bits = 0;
    if (lexer_.peek().kind == Token::Kind::Word) {
      variable_.relocations.push_back({.offset = at_, .symbol = std::string(lexer_.next().text)});
      if (generic && !lexer_.accept(')')) return failure(expected_message("\")\"", lexer_.peek()));
      if (lexer_.peek().is('+') || lexer_.peek().is('-')) {
        lexer_.accept('+');
        const auto addend = literal();
        if (!addend) return std::unexpected(addend.error());
        variable_.relocations.back().addend = static_cast<std::int64_t>(*addend);
      }
    } else {
      const auto value = literal();
      if (!value) return std::unexpected(value.error());
      bits = *value;
    }
    std::memcpy(variable_.initializer.data() + at_, &bits, std::min(width, sizeof bits));
    at_ += width;
    return {};
  }

  Expected<std::uint64_t> literal() {
    const bool negative = lexer_.accept('-');
    const Token token = lexer_.peek();
    const auto number = token.kind == Token::Kind::Number ? parse_number(token.text) : std::nullopt;
    if (!number) return failure(expected_message("an initial value", token));
    const auto bits = literal_bits(negative ? number->negated() : *number, variable_.type);
    if (!bits) return failure(expected_message(std::string("a value of type ") + type_name(variable_.type), token));
    lexer_.next();
    return static_cast<std::uint64_t>(*bits);
  }

  Lexer& lexer_;
  Variable& variable_;
  std::size_t at_ = 0;  // byte of the next element
  bool open_ended_ = false;
};

}  // namespace

Expected<void> parse_initializer(Lexer& lexer, Variable& variable) {
  return Initializer(lexer, variable).parse();
}

}  // namespace vgpu::ptx
