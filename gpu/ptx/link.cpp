#include "gpu/ptx/link.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include "gpu/ptx/lexer.h"
#include "gpu/ptx/module_items.h"
#include "gpu/ptx/module_scan.h"

namespace vgpu::ptx {
namespace {

struct Part {
  const LinkInput* input = nullptr;
  std::vector<ModuleItem> items;
  std::unordered_map<std::string_view, std::string> renamed;
};

bool is_strong(const ModuleItem& item) {
  return item.is_definition && item.linkage == Linkage::Visible;
}

class Linker {
 public:
  explicit Linker(std::vector<Part>& parts) : parts_(parts) {}

  Expected<void> resolve() {
    for (Part& part : parts_) {
      for (const ModuleItem& item : part.items) {
        for (const std::string_view name : item.names) {
          users_[name].insert(&part);
          if (item.linkage == Linkage::Local || !item.is_definition) continue;
          auto [found, is_new] = definitions_.try_emplace(name, Definition{&part, &item});
          if (is_new) continue;
          if (is_strong(item) && is_strong(*found->second.item)) {
            return failure("\"" + std::string(name) + "\" is defined in \"" + found->second.part->input->name +
                           "\" and in \"" + part.input->name + "\"");
          }
          if (is_strong(item)) found->second = {&part, &item};
        }
      }
    }
    for (Part& part : parts_) {
      for (const ModuleItem& item : part.items) rename_local(part, item);
    }
    return {};
  }

  std::string text() {
    std::string text;
    std::set<std::string_view> declared;
    for (const Part& part : parts_) {
      for (const ModuleItem& item : part.items) {
        if (!is_kept(item, declared)) continue;
        append(part, item.text, text);
        text += '\n';
      }
    }
    return text;
  }

 private:
  struct Definition {
    const Part* part;
    const ModuleItem* item;
  };

  void rename_local(Part& part, const ModuleItem& item) {
    if (item.linkage != Linkage::Local) return;
    for (const std::string_view name : item.names) {
      if (users_.at(name).size() < 2) continue;
      part.renamed.try_emplace(name, std::string(name) + "$in_module_" + std::to_string(&part - parts_.data()));
    }
  }

  bool is_kept(const ModuleItem& item, std::set<std::string_view>& declared) const {
    if (item.names.empty() || item.linkage == Linkage::Local) return true;
    const auto definition = definitions_.find(item.names.front());
    if (definition != definitions_.end()) return definition->second.item == &item;
    return declared.insert(item.names.front()).second;
  }

  static void append(const Part& part, std::string_view from, std::string& text) {
    if (part.renamed.empty()) {
      text += from;
      return;
    }
    Lexer lexer(from);
    const char* at = from.data();
    while (lexer.peek().kind != Token::Kind::End) {
      const Token token = lexer.next();
      const auto found = token.kind == Token::Kind::Word ? part.renamed.find(token.text) : part.renamed.end();
      if (found == part.renamed.end()) continue;
      text.append(at, token.text.data()).append(found->second);
      at = token.text.data() + token.text.size();
    }
    text.append(at, from.data() + from.size());
  }

  std::vector<Part>& parts_;
  std::map<std::string_view, Definition> definitions_;
  std::map<std::string_view, std::set<const Part*>> users_;
};

}  // namespace

Expected<std::string> link_modules(std::span<const LinkInput> inputs) {
  if (inputs.empty()) return failure("nothing to link");
  unsigned version = 0, target = 0;
  std::vector<Part> parts;
  for (const LinkInput& input : inputs) {
    const auto contents = scan_module(input.text);
    if (!contents) return failure("\"" + input.name + "\": " + contents.error().message);
    auto items = module_items(input.text);
    if (!items) return failure("\"" + input.name + "\": " + items.error().message);
    version = std::max(version, contents->version);
    target = std::max(target, contents->target);
    parts.push_back({&input, std::move(*items), {}});
  }
  if (inputs.size() == 1) return inputs.front().text;
  Linker linker(parts);
  if (auto done = linker.resolve(); !done) return std::unexpected(done.error());
  return ".version " + std::to_string(version / 10) + '.' + std::to_string(version % 10) + "\n.target sm_" +
         std::to_string(target) + "\n.address_size 64\n" + linker.text();
}

}  // namespace vgpu::ptx
