#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace vgpu::oci {

// Longer names are none: a file could make every one of its symbols' names as long as itself.
inline constexpr std::size_t kLongestElfName = 4096;

// An ELF file's table of names.
class ElfNames {
 public:
  explicit ElfNames(std::span<const char> strings) : strings_(strings) {}

  // Empty when there is no name at the offset.
  [[nodiscard]] std::string_view at(std::uint64_t offset) const {
    if (offset >= strings_.size()) return {};
    const auto rest = strings_.subspan(static_cast<std::size_t>(offset));
    const std::size_t most = rest.size() < kLongestElfName ? rest.size() : kLongestElfName;
    const void* end = std::memchr(rest.data(), 0, most);
    if (end == nullptr) return {};
    return {rest.data(), static_cast<std::size_t>(static_cast<const char*>(end) - rest.data())};
  }

 private:
  std::span<const char> strings_;
};

}  // namespace vgpu::oci
