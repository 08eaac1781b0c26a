#include "gpu/ptx/function_addresses.h"

#include <unordered_map>
#include <unordered_set>

#include "gpu/ptx/lexer.h"

namespace vgpu::ptx {
namespace {

class Finder {
 public:
  explicit Finder(const Module& module) : module_(module) {
    for (const DeviceFunction& function : module.functions()) {
      if (!function.body.empty()) names_.insert(function.name);
    }
  }

  std::vector<const DeviceFunction*> find() {
    for (const Variable& variable : module_.variables()) {
      for (const Relocation& relocation : variable.relocations) take(relocation.symbol);
    }
    for (const EntrySignature& entry : module_.entries()) {
      const std::size_t brace = entry.text.find('{');
      if (brace != std::string_view::npos) read(entry.text.substr(brace), entry.line);
    }
    for (const DeviceFunction& function : module_.functions()) read(function.body, function.line);
    std::vector<const DeviceFunction*> found;
    for (const DeviceFunction& function : module_.functions()) {
      if (!function.body.empty() && taken_.contains(function.name)) found.push_back(&function);
    }
    return found;
  }

 private:
  void take(std::string_view name) {
    if (names_.contains(name)) taken_.insert(name);
  }

  void read(std::string_view body, std::uint32_t line) {
    Lexer lexer(body, line);
    bool starts = true;  // a statement
    bool calls = false;
    while (lexer.peek().kind != Token::Kind::End) {
      const Token token = lexer.next();
      if (token.is(';') || token.is('{') || token.is('}') || token.is(':')) {
        starts = true;
        continue;
      }
      if (token.is('@')) {
        lexer.accept('!');
        lexer.next();
        continue;
      }
      if (token.kind != Token::Kind::Word) continue;
      if (starts) calls = token.text == "call";
      starts = false;
      if (!calls) take(token.text);
    }
  }

  const Module& module_;
  std::unordered_set<std::string_view> names_;
  std::unordered_set<std::string_view> taken_;
};

}  // namespace

std::vector<const DeviceFunction*> find_address_taken(const Module& module) {
  return Finder(module).find();
}

}  // namespace vgpu::ptx
