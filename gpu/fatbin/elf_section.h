#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace vgpu::fatbin {

// The fat binary containers inside a file on disk, for tools and tests: those of section .nv_fatbin, which the
// wrappers of .nvFatBinSegment point to, one each.
class ElfFile {
 public:
  // Maps a 64-bit ELF file. Fails when it cannot be opened or has no such section.
  static Expected<ElfFile> open(const std::string& path);
  ElfFile(ElfFile&& other) noexcept;
  ElfFile& operator=(ElfFile&&) = delete;
  ~ElfFile();

  // In the order of the file; spans live as long as the object.
  [[nodiscard]] const std::vector<std::span<const std::byte>>& containers() const { return containers_; }

 private:
  explicit ElfFile(std::span<const std::byte> bytes) : bytes_(bytes) {}
  Expected<void> read();

  std::span<const std::byte> bytes_;  // the mapping
  std::vector<std::span<const std::byte>> containers_;
};

}  // namespace vgpu::fatbin
