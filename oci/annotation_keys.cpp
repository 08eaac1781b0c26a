#include "oci/annotation_keys.h"

namespace vgpu::oci {
namespace {

std::string escaped(std::string_view text) {
  std::string pattern;
  for (const char character : text) {
    if (character == '.') pattern += '\\';
    pattern += character;
  }
  return pattern;
}

}  // namespace

std::optional<OwnKey> parse_own_key(std::string_view key) {
  if (!key.starts_with(kPrefix)) return std::nullopt;
  key.remove_prefix(kPrefix.size());
  std::string_view container;
  if (const std::size_t dot = key.rfind('.'); dot != std::string_view::npos) {
    container = key.substr(0, dot);
    key.remove_prefix(dot + 1);
    if (container.empty()) return std::nullopt;
  }
  for (const OwnField& own : kOwnFields) {
    if (own.name == key) return OwnKey{container, own.field};
  }
  return std::nullopt;
}

const Alias* find_alias(std::string_view key) {
  for (const Alias& alias : kAliases) {
    if (alias.key == key) return &alias;
  }
  return nullptr;
}

std::string key_pattern() {
  std::string pattern = "^(" + escaped(kPrefix) + ".*";
  for (const Alias& alias : kAliases) pattern += "|" + escaped(alias.key);
  return pattern + ")$";
}

}  // namespace vgpu::oci
