#include "oci/annotation_keys.h"

#include <algorithm>

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

constexpr std::string_view kCdiPrefix = "nvidia.cdi.k8s.io/";
constexpr std::string_view kCdiLimit = ".gpu-memory.limit";
constexpr std::string_view kCdiRequest = ".gpu-memory.request";

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

std::optional<ContainerAlias> parse_container_alias(std::string_view key) {
  if (!key.starts_with(kCdiPrefix)) return std::nullopt;
  key.remove_prefix(kCdiPrefix.size());
  for (const auto& [end, weight] : {std::pair{kCdiLimit, Weight::Limit}, {kCdiRequest, Weight::Request}}) {
    if (!key.ends_with(end) || key.size() == end.size()) continue;
    return ContainerAlias{key.substr(0, key.size() - end.size()), Field::Memory, weight};
  }
  return std::nullopt;
}

const Alias* find_alias(std::string_view key) {
  for (const Alias& alias : kAliases) {
    if (alias.key == key) return &alias;
  }
  return nullptr;
}

bool is_request_key(std::string_view key) {
  if (key.starts_with(kPrefix) || key.starts_with(kCdiPrefix)) return true;
  return std::ranges::any_of(kAliases, [&](const Alias& alias) {
    return alias.key == key || (!alias.containers.empty() && alias.containers == key);
  });
}

std::string key_pattern() {
  std::string pattern = "^(" + escaped(kPrefix) + ".*|" + escaped(kCdiPrefix) + ".*";
  for (const Alias& alias : kAliases) pattern += "|" + escaped(alias.key);
  return pattern + ")$";
}

}  // namespace vgpu::oci
