#pragma once

#include <cstdint>

#include "oci/elf_image.h"

namespace vgpu::oci {

inline constexpr std::uint64_t kMostElfSymbols = std::uint64_t{1} << 20;

// How many entries the dynamic symbol table has, which no tag says; at most kMostElfSymbols.
std::uint64_t count_elf_symbols(const ElfImage& image);

}  // namespace vgpu::oci
