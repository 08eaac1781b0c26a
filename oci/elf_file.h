#pragma once

#include <string_view>
#include <vector>

#include "base/error.h"
#include "oci/byte_source.h"

namespace vgpu::oci {

// A symbol of the dynamic symbol table. The texts are the file's.
struct ElfSymbol {
  std::string_view name;
  std::string_view version;  // of the version node; empty where there is none
  std::string_view library;  // that an undefined symbol's version is asked of; empty where there is none
  bool defined = false;
  bool weak = false;
};

// What the dynamic linker reads of a program or library: names, no code. Any bytes may be given; at most 2^20 symbols
// and 64 MiB of names are read.
class ElfFile {
 public:
  // Fails when the bytes are no 64-bit little-endian ELF file with a dynamic section that can be read.
  static Expected<ElfFile> read(const ByteSource& bytes);

  ElfFile(ElfFile&&) noexcept = default;
  ElfFile& operator=(ElfFile&&) noexcept = default;

  std::vector<std::string_view> needed;    // DT_NEEDED
  std::string_view soname;                 // DT_SONAME
  std::string_view rpath, runpath;         // DT_RPATH, DT_RUNPATH: with `$ORIGIN` as it is
  std::vector<std::string_view> versions;  // that the file defines, its own name's among them
  std::vector<ElfSymbol> symbols;          // global ones

 private:
  ElfFile() = default;
  std::vector<char> strings_;
};

}  // namespace vgpu::oci
