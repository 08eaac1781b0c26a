#include "shims/cuda/visible_devices.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace vgpu::cuda {
namespace {

std::optional<unsigned> find_entry(std::string_view entry, const std::vector<model::Device>& devices) {
  if (entry.starts_with("GPU-")) {
    std::optional<unsigned> found;
    for (unsigned index = 0; index < devices.size(); ++index) {
      if (!devices[index].uuid_string().starts_with(entry)) continue;
      if (found) return std::nullopt;
      found = index;
    }
    return found;
  }
  unsigned ordinal = 0;
  const auto [end, error] = std::from_chars(entry.data(), entry.data() + entry.size(), ordinal);
  if (error != std::errc() || end != entry.data() + entry.size() || ordinal >= devices.size()) return std::nullopt;
  return ordinal;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::vector<unsigned> visible_devices(const char* text, const std::vector<model::Device>& devices) {
  std::vector<unsigned> visible;
  if (text == nullptr) {
    for (unsigned index = 0; index < devices.size(); ++index) visible.push_back(index);
    return visible;
  }
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const auto found = find_entry(trimmed(rest.substr(0, comma)), devices);
    if (!found) break;
    if (std::ranges::find(visible, *found) != visible.end()) return {};
    visible.push_back(*found);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return visible;
}

}  // namespace vgpu::cuda
