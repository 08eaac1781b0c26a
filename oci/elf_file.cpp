#include "oci/elf_file.h"

#include "oci/elf_image.h"
#include "oci/elf_names.h"
#include "oci/elf_symbol_count.h"
#include "oci/elf_versions.h"

namespace vgpu::oci {
namespace {

constexpr std::uint16_t kHiddenVersion = 0x8000;  // VERSYM_HIDDEN: an older version of a name
constexpr std::uint16_t kFirstVersion = 2;        // below are VER_NDX_LOCAL and VER_NDX_GLOBAL

bool is_global(const Elf64_Sym& symbol) {
  const unsigned bind = ELF64_ST_BIND(symbol.st_info);
  return bind == STB_GLOBAL || bind == STB_WEAK || bind == STB_GNU_UNIQUE;
}

}  // namespace

Expected<ElfFile> ElfFile::read(const ByteSource& bytes) {
  const auto image = ElfImage::open(bytes);
  if (!image) return std::unexpected(image.error());
  ElfFile file;
  auto strings = image->table<char>(image->value(DT_STRTAB).value_or(0), image->value(DT_STRSZ).value_or(0));
  if (!strings) return failure("ELF names outside of the file");
  file.strings_ = *std::move(strings);
  const ElfNames names(file.strings_);
  for (const Elf64_Dyn& entry : image->dynamic()) {
    const std::string_view name = names.at(entry.d_un.d_val);
    if (entry.d_tag == DT_NEEDED) file.needed.push_back(name);
    if (entry.d_tag == DT_SONAME) file.soname = name;
    if (entry.d_tag == DT_RPATH) file.rpath = name;
    if (entry.d_tag == DT_RUNPATH) file.runpath = name;
  }

  const auto versions = read_versions(*image, names);
  for (const auto& [index, version] : versions) {
    if (version.library.empty()) file.versions.push_back(version.name);
  }
  const std::uint64_t count = count_elf_symbols(*image);
  const auto symbols = image->table<Elf64_Sym>(image->value(DT_SYMTAB).value_or(0), count);
  if (!symbols) return failure("ELF symbols outside of the file");
  const auto indices = image->table<std::uint16_t>(image->value(DT_VERSYM).value_or(0), count);
  for (std::size_t index = 0; index < symbols->size(); ++index) {
    const Elf64_Sym& entry = (*symbols)[index];
    ElfSymbol symbol;
    symbol.name = names.at(entry.st_name);
    if (!is_global(entry) || symbol.name.empty()) continue;
    symbol.defined = entry.st_shndx != SHN_UNDEF;
    symbol.weak = ELF64_ST_BIND(entry.st_info) == STB_WEAK;
    const std::uint16_t version = indices ? static_cast<std::uint16_t>((*indices)[index] & ~kHiddenVersion) : 0;
    if (const auto found = versions.find(version); version >= kFirstVersion && found != versions.end()) {
      symbol.version = found->second.name;
      if (!symbol.defined) symbol.library = found->second.library;
    }
    file.symbols.push_back(symbol);
  }
  return file;
}

}  // namespace vgpu::oci
