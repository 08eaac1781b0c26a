#pragma once

#include <cstdint>
#include <map>

#include "oci/elf_image.h"
#include "oci/elf_names.h"

namespace vgpu::oci {

struct ElfVersion {
  std::string_view name;
  std::string_view library;  // empty for a version that the file itself defines
};

// The versions that a file needs and defines, by the index that its symbols have (elf(5): Elf64_Verneed, Elf64_Verdef).
std::map<std::uint16_t, ElfVersion> read_versions(const ElfImage& image, const ElfNames& names);

}  // namespace vgpu::oci
