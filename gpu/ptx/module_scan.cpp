#include "gpu/ptx/module_scan.h"

#include "gpu/ptx/declaration.h"
#include "gpu/ptx/layout.h"
#include "gpu/ptx/lexer.h"
#include "gpu/ptx/number.h"

namespace vgpu::ptx {
namespace {

constexpr std::uint64_t kLargestParameters = 32764;  // PTX ISA, "Kernel Function Parameters"

class ModuleScanner {
 public:
  explicit ModuleScanner(std::string_view text) : text_(text), lexer_(text) {}

  Expected<ModuleContents> scan() {
    if (!lexer_.peek().is_directive(".version")) return failure(expected_message("\".version\"", lexer_.peek()));
    while (lexer_.peek().kind != Token::Kind::End) {
      if (auto done = statement(); !done) return std::unexpected(done.error());
    }
    if (contents_.target == 0) return failure(expected_message("\".target\"", lexer_.peek()));
    return std::move(contents_);
  }

 private:
  Expected<void> statement() {
    const Token token = lexer_.next();
    if (token.is(';')) return {};
    if (token.kind != Token::Kind::Directive) return failure(expected_message("a directive", token));
    const std::string_view name = token.text;
    if (name == ".version") return version();
    if (name == ".target") return target();
    if (name == ".entry") return entry(token);
    if (name == ".func") return function();
    if (name == ".visible" || name == ".weak" || name == ".common") return {};
    if (name == ".extern") {
      external_ = true;
      return {};
    }
    if (name == ".address_size" || name == ".loc" || name == ".file") {
      lexer_.skip_line_of(token);
      return {};
    }
    if (name == ".section") return section();
    if (name == ".alias" || name == ".pragma") return skip_to_semicolon();
    if (const auto space = space_of_directive(name)) return variables(*space);
    return failure(expected_message("a directive of a module", token));
  }

  Expected<void> version() {
    const Token number = lexer_.next();
    const std::size_t dot = number.text.find('.');
    if (number.kind != Token::Kind::Number || dot == std::string_view::npos) {
      return failure(expected_message("a version number", number));
    }
    const auto major = parse_number(number.text.substr(0, dot));
    const auto minor = parse_number(number.text.substr(dot + 1));
    if (!major || !minor || major->bits > 99 || minor->bits > 9) {
      return failure(expected_message("a version number", number));
    }
    contents_.version = static_cast<unsigned>(major->bits * 10 + minor->bits);
    return {};
  }

  Expected<void> target() {
    do {
      const Token word = lexer_.next();
      if (word.kind != Token::Kind::Word) return failure(expected_message("a target", word));
      if (!word.text.starts_with("sm_")) continue;  // texmode_independent, debug, …
      std::string_view digits = word.text.substr(3);
      if (!digits.empty() && (digits.back() == 'a' || digits.back() == 'f')) digits.remove_suffix(1);
      const auto number = parse_number(digits);
      if (!number || number->bits > 999) return failure(expected_message("a target", word));
      contents_.target = static_cast<unsigned>(number->bits);
    } while (lexer_.accept(','));
    return {};
  }

  Expected<void> variables(Space space) {
    auto variables = parse_variables(lexer_, space);
    if (!variables) return std::unexpected(variables.error());
    for (Variable& variable : *variables) {
      variable.external = external_;
      contents_.variables.push_back(std::move(variable));
    }
    external_ = false;
    if (!lexer_.accept(';')) return failure(expected_message("\";\"", lexer_.peek()));
    return {};
  }

  Expected<void> entry(const Token& start) {
    EntrySignature entry;
    entry.line = start.line;
    const Token name = lexer_.next();
    if (name.kind != Token::Kind::Word) return failure(expected_message("a name", name));
    entry.name = std::string(name.text);
    external_ = false;
    if (lexer_.peek().is('(')) {
      auto parameters = parse_parameter_list(lexer_);
      if (!parameters) return std::unexpected(parameters.error());
      entry.parameters = std::move(*parameters);
    }
    Layout layout;
    for (Variable& parameter : entry.parameters) layout.place(parameter);
    if (layout.size() > kLargestParameters)
      return failure(expected_message("parameters of 32764 bytes at most", start));
    entry.parameter_size = static_cast<std::uint32_t>(layout.size());
    if (auto done = entry_directives(entry); !done) return done;
    if (lexer_.accept(';')) return {};
    const auto body = skip_body();
    if (!body) return std::unexpected(body.error());
    const std::size_t begin = offset_of(start.text);
    entry.text = text_.substr(begin, offset_of(*body) + body->size() - begin);
    contents_.entries.push_back(std::move(entry));
    return {};
  }

  Expected<void> entry_directives(EntrySignature& entry) {
    while (lexer_.peek().kind == Token::Kind::Directive) {
      const Token directive = lexer_.next();
      if (directive.text == ".pragma") {
        if (auto done = skip_to_semicolon(); !done) return done;
        continue;
      }
      std::array<std::uint32_t, 3> numbers{1, 1, 1};
      std::size_t count = 0;
      while (lexer_.peek().kind == Token::Kind::Number || lexer_.peek().is(',')) {
        const Token token = lexer_.next();
        if (token.is(',')) continue;
        const auto number = parse_number(token.text);
        if (!number || count == numbers.size()) return failure(expected_message("a size", token));
        numbers[count++] = static_cast<std::uint32_t>(number->bits);
      }
      if (directive.text == ".maxntid") entry.maximum_block = numbers;
      if (directive.text == ".reqntid") entry.required_block = numbers;
      if (directive.text == ".minnctapersm") entry.minimum_blocks_per_sm = numbers[0];
    }
    return {};
  }

  Expected<void> function() {
    DeviceFunction function;
    external_ = false;
    if (lexer_.accept_directive(".attribute")) {
      while (lexer_.peek().kind != Token::Kind::End && !lexer_.accept(')')) lexer_.next();
    }
    if (lexer_.peek().is('(')) {
      auto results = parse_parameter_list(lexer_);
      if (!results) return std::unexpected(results.error());
      function.results = std::move(*results);
    }
    const Token name = lexer_.next();
    if (name.kind != Token::Kind::Word) return failure(expected_message("a name", name));
    function.name = std::string(name.text);
    if (lexer_.peek().is('(')) {
      auto parameters = parse_parameter_list(lexer_);
      if (!parameters) return std::unexpected(parameters.error());
      function.parameters = std::move(*parameters);
    }
    EntrySignature unused;
    if (auto done = entry_directives(unused); !done) return done;
    if (!lexer_.accept(';')) {
      function.line = lexer_.peek().line;
      const auto body = skip_body();
      if (!body) return std::unexpected(body.error());
      function.body = *body;
    }
    contents_.functions.push_back(std::move(function));
    return {};
  }

  // The text from `{` to its `}`.
  Expected<std::string_view> skip_body() {
    const Token brace = lexer_.peek();
    if (!brace.is('{')) return failure(expected_message("\"{\"", brace));
    const std::string_view body = lexer_.skip_braces();
    if (body.empty()) return failure("line " + std::to_string(brace.line) + ": no \"}\" for this \"{\"");
    return body;
  }

  Expected<void> section() {
    while (lexer_.peek().kind != Token::Kind::End && !lexer_.peek().is('{')) lexer_.next();
    if (lexer_.peek().is('{') && !lexer_.skip_braces().empty()) return {};
    return failure(expected_message("a section's \"{\" and \"}\"", lexer_.peek()));
  }

  Expected<void> skip_to_semicolon() {
    while (!lexer_.accept(';')) {
      if (lexer_.next().kind == Token::Kind::End) return failure(expected_message("\";\"", lexer_.peek()));
    }
    return {};
  }

  [[nodiscard]] std::size_t offset_of(std::string_view part) const {
    return static_cast<std::size_t>(part.data() - text_.data());
  }

  std::string_view text_;
  Lexer lexer_;
  ModuleContents contents_;
  bool external_ = false;
};

}  // namespace

Expected<ModuleContents> scan_module(std::string_view text) {
  return ModuleScanner(text).scan();
}

}  // namespace vgpu::ptx
