#include "gpu/ptx/module_items.h"

#include "gpu/ptx/declaration.h"
#include "gpu/ptx/lexer.h"

namespace vgpu::ptx {
namespace {

class ItemReader {
 public:
  explicit ItemReader(std::string_view text) : lexer_(text) {}

  Expected<std::vector<ModuleItem>> read() {
    std::vector<ModuleItem> items;
    while (lexer_.peek().kind != Token::Kind::End) {
      if (skip_what_is_no_item()) continue;
      auto item = read_item();
      if (!item) return std::unexpected(item.error());
      items.push_back(std::move(*item));
    }
    return items;
  }

 private:
  bool skip_what_is_no_item() {
    const Token token = lexer_.peek();
    if (lexer_.accept(';')) return true;
    for (const std::string_view name : {".version", ".target", ".address_size", ".loc", ".file"}) {
      if (!lexer_.accept_directive(name)) continue;
      lexer_.skip_line_of(token);
      return true;
    }
    if (!lexer_.accept_directive(".section")) return false;
    while (lexer_.peek().kind != Token::Kind::End && !lexer_.peek().is('{')) lexer_.next();
    lexer_.skip_braces();
    return true;
  }

  Linkage linkage() {
    if (lexer_.accept_directive(".visible")) return Linkage::Visible;
    if (lexer_.accept_directive(".weak")) return Linkage::Weak;
    if (lexer_.accept_directive(".common")) return Linkage::Common;
    return lexer_.accept_directive(".extern") ? Linkage::Extern : Linkage::Local;
  }

  Expected<ModuleItem> read_item() {
    const char* const begin = lexer_.peek().text.data();
    ModuleItem item;
    item.linkage = linkage();
    const Token kind = lexer_.next();
    const bool is_function = kind.is_directive(".func"), is_entry = kind.is_directive(".entry");
    const auto space = space_of_directive(kind.text);
    if (is_function || is_entry) {
      if (auto done = function_head(item); !done) return std::unexpected(done.error());
    } else if (space) {
      if (auto done = variable_names(*space, item); !done) return std::unexpected(done.error());
    }
    while (lexer_.peek().kind != Token::Kind::End) {
      if (lexer_.peek().is('{') && (is_function || is_entry)) {
        const std::string_view body = lexer_.skip_braces();
        item.is_definition = true;
        item.text = {begin, static_cast<std::size_t>(body.data() + body.size() - begin)};
        return item;
      }
      const Token token = lexer_.next();
      if (!token.is(';')) continue;
      item.is_definition = space.has_value() && item.linkage != Linkage::Extern;
      item.text = {begin, static_cast<std::size_t>(token.text.data() + token.text.size() - begin)};
      return item;
    }
    return failure(expected_message("\";\"", lexer_.peek()));
  }

  Expected<void> function_head(ModuleItem& item) {
    if (lexer_.accept_directive(".attribute")) {
      while (lexer_.peek().kind != Token::Kind::End && !lexer_.accept(')')) lexer_.next();
    }
    if (lexer_.peek().is('(')) {
      if (auto results = parse_parameter_list(lexer_); !results) return std::unexpected(results.error());
    }
    const Token name = lexer_.next();
    if (name.kind != Token::Kind::Word) return failure(expected_message("a name", name));
    item.names.push_back(name.text);
    return {};
  }

  Expected<void> variable_names(Space space, ModuleItem& item) {
    // The variables own copies of their names; those that are wanted are in the text.
    Lexer words = lexer_;
    auto variables = parse_variables(lexer_, space);
    if (!variables) return std::unexpected(variables.error());
    for (const auto& variable : *variables) {
      while (words.peek().kind != Token::Kind::End && words.peek().text != variable.name) words.next();
      item.names.push_back(words.peek().text);
    }
    return {};
  }

  Lexer lexer_;
};

}  // namespace

Expected<std::vector<ModuleItem>> module_items(std::string_view text) {
  return ItemReader(text).read();
}

}  // namespace vgpu::ptx
