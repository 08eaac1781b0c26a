#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace vgpu::test {

struct BuiltSymbol {
  std::string name;
  std::string version;  // empty: none
  std::string library;  // that an import's version is asked of
  bool weak = false;
};

struct BuiltElf {
  std::vector<std::string> needed;
  std::string soname, rpath, runpath;
  std::vector<BuiltSymbol> exports, imports;
  bool hash = true;  // else the number of symbols is not said
};

// The bytes of a shared library with these names and no code: one segment, and tables in the order of ld's.
class ElfBuilder {
 public:
  explicit ElfBuilder(const BuiltElf& parts) : parts_(parts) {}

  std::string build() {
    add_symbols();
    bytes_.assign(sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr), '\0');
    if (parts_.hash) {
      const std::uint32_t hash[4] = {1, static_cast<std::uint32_t>(symbols_.size()), 0, 0};
      tag(DT_HASH, append(std::string(reinterpret_cast<const char*>(hash), sizeof hash)));
    }
    tag(DT_SYMTAB, append(raw(symbols_)));
    const std::size_t strings = append(strings_);
    tag(DT_STRTAB, strings);
    tag(DT_STRSZ, strings_.size());
    if (next_version_ > 2) {
      tag(DT_VERSYM, append(raw(indices_)));
      if (!needs_.empty()) tag(DT_VERNEED, append(needed_versions()));
      if (!definitions_.empty()) tag(DT_VERDEF, append(defined_versions()));
    }
    tag(DT_NULL, 0);
    const std::string dynamic = raw(tags_);
    finish(append(dynamic), dynamic.size());
    return bytes_;
  }

 private:
  template <class T>
  static std::string raw(const std::vector<T>& entries) {
    return {reinterpret_cast<const char*>(entries.data()), entries.size() * sizeof(T)};
  }
  std::size_t append(const std::string& table) {
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
    bytes_ += table;
    return bytes_.size() - table.size();
  }
  void tag(std::int64_t tag, std::uint64_t value) { tags_.push_back({tag, {value}}); }
  std::uint32_t text(const std::string& name) {
    strings_ += name + '\0';
    return static_cast<std::uint32_t>(strings_.size() - name.size() - 1);
  }

  void add_symbols() {
    strings_.assign(1, '\0');
    symbols_.push_back({});
    indices_.push_back(0);
    for (const std::string& name : parts_.needed) tag(DT_NEEDED, text(name));
    if (!parts_.soname.empty()) tag(DT_SONAME, text(parts_.soname));
    if (!parts_.rpath.empty()) tag(DT_RPATH, text(parts_.rpath));
    if (!parts_.runpath.empty()) tag(DT_RUNPATH, text(parts_.runpath));
    for (const BuiltSymbol& symbol : parts_.imports) add(symbol, SHN_UNDEF, needs_[symbol.library]);
    for (const BuiltSymbol& symbol : parts_.exports) add(symbol, 1, definitions_);
    needs_.erase("");
  }
  void add(const BuiltSymbol& symbol, std::uint16_t section, std::map<std::string, std::uint16_t>& versions) {
    const auto info = static_cast<unsigned char>(ELF64_ST_INFO(symbol.weak ? STB_WEAK : STB_GLOBAL, STT_FUNC));
    symbols_.push_back({text(symbol.name), info, STV_DEFAULT, section, 0, 0});
    if (symbol.version.empty()) {
      indices_.push_back(1);
      return;
    }
    const auto [found, added] = versions.try_emplace(symbol.version, next_version_);
    if (added) {
      ++next_version_;
      text(symbol.version);
      text(symbol.library);
    }
    indices_.push_back(found->second);
  }
  // Of a name that is in the table of strings already.
  std::uint32_t known(const std::string& name) {
    return static_cast<std::uint32_t>(strings_.find('\0' + name + '\0') + 1);
  }
  std::string needed_versions() {
    std::string table;
    std::size_t left = needs_.size();
    for (const auto& [library, versions] : needs_) {
      const auto size = static_cast<std::uint32_t>(sizeof(Elf64_Verneed) + versions.size() * sizeof(Elf64_Vernaux));
      const Elf64_Verneed need{1, static_cast<std::uint16_t>(versions.size()), known(library), sizeof(Elf64_Verneed),
                               --left == 0 ? 0 : size};
      table.append(reinterpret_cast<const char*>(&need), sizeof need);
      std::size_t last = versions.size();
      for (const auto& [version, index] : versions) {
        const Elf64_Vernaux entry{0, 0, index, known(version),
                                  --last == 0 ? 0 : static_cast<std::uint32_t>(sizeof(Elf64_Vernaux))};
        table.append(reinterpret_cast<const char*>(&entry), sizeof entry);
      }
    }
    return table;
  }
  std::string defined_versions() {
    std::string table;
    std::size_t left = definitions_.size();
    for (const auto& [version, index] : definitions_) {
      constexpr std::uint32_t kSize = sizeof(Elf64_Verdef) + sizeof(Elf64_Verdaux);
      const Elf64_Verdef definition{1, 0, index, 1, 0, sizeof(Elf64_Verdef), --left == 0 ? 0 : kSize};
      const Elf64_Verdaux name{known(version), 0};
      table.append(reinterpret_cast<const char*>(&definition), sizeof definition);
      table.append(reinterpret_cast<const char*>(&name), sizeof name);
    }
    return table;
  }

  void finish(std::size_t dynamic, std::size_t size) {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_DYN;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 2;
    const Elf64_Phdr segments[2] = {{PT_LOAD, PF_R, 0, 0, 0, bytes_.size(), bytes_.size(), 4096},
                                    {PT_DYNAMIC, PF_R, dynamic, dynamic, 0, size, size, 8}};
    std::memcpy(bytes_.data(), &header, sizeof header);
    std::memcpy(bytes_.data() + sizeof header, segments, sizeof segments);
  }

  BuiltElf parts_;
  std::string bytes_, strings_;
  std::vector<Elf64_Dyn> tags_;
  std::vector<Elf64_Sym> symbols_;
  std::vector<std::uint16_t> indices_;
  std::map<std::string, std::map<std::string, std::uint16_t>> needs_;
  std::map<std::string, std::uint16_t> definitions_;
  std::uint16_t next_version_ = 2;
};

}  // namespace vgpu::test
