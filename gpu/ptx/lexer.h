#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vgpu::ptx {

struct Token {
  enum class Kind : std::uint8_t {
    Word,       // add.s32, %r1, %tid.x, $L__BB0_1, sym
    Directive,  // .reg, .b32: one dotted part
    Number,     // 12, 0x1F, 0f3F800000, 1.5e3
    String,     // without its quotes
    Punctuation,
    End,
    Bad,  // a character or an open string that PTX does not have
  };
  Kind kind = Kind::End;
  std::string_view text;
  std::uint32_t line = 1;

  [[nodiscard]] bool is(char punctuation) const { return kind == Kind::Punctuation && text[0] == punctuation; }
  [[nodiscard]] bool is_directive(std::string_view name) const { return kind == Kind::Directive && text == name; }
};

// Cuts PTX text into tokens, one ahead. Tokens point into the text.
class Lexer {
 public:
  // `line`: the number of the text's first line.
  explicit Lexer(std::string_view text, std::uint32_t line = 1) : text_(text), line_(line) { advance(); }

  [[nodiscard]] const Token& peek() const { return token_; }
  Token next() {
    const Token token = token_;
    advance();
    return token;
  }
  // Takes the token if it is this punctuation or directive.
  bool accept(char punctuation);
  bool accept_directive(std::string_view name);

  // Skips to the end of the line on which the last taken token stands, for .loc and .file, which have no semicolon.
  void skip_line_of(const Token& token);
  // With the next token being `{`: skips to the token after its `}`, and returns the text between, braces included.
  // Empty when there is no such `}`.
  std::string_view skip_braces();

 private:
  void advance();
  void skip_space();

  std::string_view text_;
  std::size_t at_ = 0;  // behind token_
  std::uint32_t line_;
  Token token_;
};

// `line 12: expected ";", found "x"`.
std::string expected_message(std::string_view what, const Token& found);

}  // namespace vgpu::ptx
