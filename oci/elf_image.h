#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "oci/byte_source.h"

namespace vgpu::oci {

// The parts of an ELF file by the addresses that they are loaded at; structures as in elf(5). The file is hostile
// input: nothing outside of it is read, and no more than kLargestTable at a time.
class ElfImage {
 public:
  static constexpr std::uint64_t kLargestTable = std::uint64_t{64} << 20;

  // Fails when the bytes are no 64-bit little-endian ELF file with a dynamic section. `bytes` must outlive the image.
  static Expected<ElfImage> open(const ByteSource& bytes);

  // The value of the first entry of the dynamic section with this tag.
  [[nodiscard]] std::optional<std::uint64_t> value(std::int64_t tag) const;
  [[nodiscard]] std::span<const Elf64_Dyn> dynamic() const { return dynamic_; }

  // `count` entries at an address; nullopt when the file has no such bytes.
  template <class T>
  [[nodiscard]] std::optional<std::vector<T>> table(std::uint64_t address, std::uint64_t count) const {
    if (count == 0) return std::vector<T>();
    if (count > kLargestTable / sizeof(T)) return std::nullopt;
    if (!has(address, count * sizeof(T))) return std::nullopt;
    std::vector<T> entries(static_cast<std::size_t>(count));
    if (!read(address, {reinterpret_cast<char*>(entries.data()), entries.size() * sizeof(T)})) return std::nullopt;
    return entries;
  }
  template <class T>
  [[nodiscard]] std::optional<T> entry(std::uint64_t address) const {
    T value{};
    if (!read(address, {reinterpret_cast<char*>(&value), sizeof value})) return std::nullopt;
    return value;
  }

 private:
  explicit ElfImage(const ByteSource& bytes) : bytes_(&bytes) {}
  [[nodiscard]] std::optional<std::uint64_t> offset_of(std::uint64_t address, std::uint64_t length) const;
  [[nodiscard]] bool has(std::uint64_t address, std::uint64_t length) const {
    return offset_of(address, length).has_value();
  }
  [[nodiscard]] bool read(std::uint64_t address, std::span<char> target) const;

  const ByteSource* bytes_;
  std::vector<Elf64_Phdr> loads_;
  std::vector<Elf64_Dyn> dynamic_;
};

}  // namespace vgpu::oci
