#include "gpu/ptx/lexer.h"

#include <array>

namespace vgpu::ptx {
namespace {

enum : std::uint8_t { kNameCharacter = 1, kDigit = 2, kSpace = 4, kBraceScan = 8 };

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (int c = 'a'; c <= 'z'; ++c) classes[static_cast<std::size_t>(c)] = kNameCharacter;
  for (int c = 'A'; c <= 'Z'; ++c) classes[static_cast<std::size_t>(c)] = kNameCharacter;
  for (int c = '0'; c <= '9'; ++c) classes[static_cast<std::size_t>(c)] = kNameCharacter | kDigit;
  for (const char c : {'_', '$', '%'}) classes[static_cast<std::size_t>(c)] = kNameCharacter;
  for (const char c : {' ', '\t', '\r', '\n', '\f', '\v'}) classes[static_cast<std::size_t>(c)] = kSpace;
  for (const char c : {'{', '}', '"', '/', '\n'}) classes[static_cast<std::size_t>(c)] |= kBraceScan;
  return classes;
}

constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

bool has_class(char c, std::uint8_t wanted) {
  return (kClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}

}  // namespace

bool Lexer::accept(char punctuation) {
  if (!token_.is(punctuation)) return false;
  advance();
  return true;
}

bool Lexer::accept_directive(std::string_view name) {
  if (!token_.is_directive(name)) return false;
  advance();
  return true;
}

void Lexer::skip_line_of(const Token& token) {
  const std::size_t end = text_.find('\n', static_cast<std::size_t>(token.text.data() - text_.data()));
  at_ = end == std::string_view::npos ? text_.size() : end;
  line_ = token.line;
  advance();
}

std::string_view Lexer::skip_braces() {
  const auto begin = static_cast<std::size_t>(token_.text.data() - text_.data());
  unsigned depth = 1;  // token_ is the first brace
  while (true) {
    while (at_ < text_.size() && !has_class(text_[at_], kBraceScan)) ++at_;
    if (at_ >= text_.size()) return {};
    switch (text_[at_]) {
      case '\n':
        ++line_;
        break;
      case '{':
        ++depth;
        break;
      case '}':
        --depth;
        break;
      case '"':
        at_ = text_.find('"', at_ + 1);
        if (at_ == std::string_view::npos) at_ = text_.size() - 1;
        break;
      default:
        if (text_.substr(at_, 2) == "//" || text_.substr(at_, 2) == "/*") {
          skip_space();
          continue;
        }
    }
    ++at_;
    if (depth == 0) break;
  }
  const std::string_view skipped = text_.substr(begin, at_ - begin);
  advance();
  return skipped;
}

void Lexer::skip_space() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '\n') {
      ++line_;
      ++at_;
    } else if (has_class(c, kSpace)) {
      ++at_;
    } else if (c == '/' && text_.substr(at_, 2) == "//") {
      const std::size_t end = text_.find('\n', at_);
      at_ = end == std::string_view::npos ? text_.size() : end;
    } else if (c == '/' && text_.substr(at_, 2) == "/*") {
      const std::size_t end = text_.find("*/", at_ + 2);
      const std::size_t stop = end == std::string_view::npos ? text_.size() : end + 2;
      for (; at_ < stop; ++at_) line_ += text_[at_] == '\n';
    } else {
      return;
    }
  }
}

void Lexer::advance() {
  skip_space();
  token_.line = line_;
  const std::size_t start = at_;
  const auto finish = [&](Token::Kind kind) {
    token_.kind = kind;
    token_.text = text_.substr(start, at_ - start);
  };
  if (at_ >= text_.size()) return finish(Token::Kind::End);
  const auto at = [&](std::size_t i) { return i < text_.size() ? text_[i] : '\0'; };
  const auto skip_name = [&] {
    while (has_class(at(at_), kNameCharacter) ||
           (at(at_) == ':' && at(at_ + 1) == ':' && has_class(at(at_ + 2), kNameCharacter))) {
      at_ += at(at_) == ':' ? 2 : 1;
    }
  };
  const char c = text_[at_];
  if (has_class(c, kDigit)) {
    const bool hexadecimal = c == '0' && (at(at_ + 1) == 'x' || at(at_ + 1) == 'X');
    const bool bit_pattern = c == '0' && std::string_view("fFdD").find(at(at_ + 1)) != std::string_view::npos;
    while (has_class(at(at_), kNameCharacter) || at(at_) == '.') {
      const bool exponent = !hexadecimal && !bit_pattern && (at(at_) == 'e' || at(at_) == 'E');
      ++at_;
      if (exponent && (at(at_) == '-' || at(at_) == '+')) ++at_;
    }
    return finish(Token::Kind::Number);
  }
  if (has_class(c, kNameCharacter)) {
    skip_name();
    while (at(at_) == '.' && has_class(at(at_ + 1), kNameCharacter)) {
      ++at_;
      skip_name();
    }
    return finish(Token::Kind::Word);
  }
  if (c == '.') {
    ++at_;
    skip_name();
    return finish(Token::Kind::Directive);
  }
  if (c == '"') {
    const std::size_t end = text_.find('"', at_ + 1);
    if (end == std::string_view::npos) {
      at_ = text_.size();
      return finish(Token::Kind::Bad);
    }
    at_ = end + 1;
    finish(Token::Kind::String);
    token_.text = token_.text.substr(1, token_.text.size() - 2);
    return;
  }
  ++at_;
  const bool known = std::string_view("{}()[]<>;:,=+-*/!|@~&^?").find(c) != std::string_view::npos;
  finish(known ? Token::Kind::Punctuation : Token::Kind::Bad);
}

std::string expected_message(std::string_view what, const Token& found) {
  constexpr std::size_t kShown = 40;
  std::string text = "line " + std::to_string(found.line) + ": expected " + std::string(what) + ", found ";
  if (found.kind == Token::Kind::End) return text + "the end of the text";
  return text + '"' + std::string(found.text.substr(0, kShown)) + '"';
}

}  // namespace vgpu::ptx
