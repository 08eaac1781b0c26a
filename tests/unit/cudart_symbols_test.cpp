#include <elf.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

// Real programs' CUDA symbols are all exported by our libraries, under the versions they ask for.
namespace {

std::vector<char> contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Symbols {
  std::set<std::string> needed, defined;  // "name" or "name@version"
};

Symbols symbols_of(const std::string& path) {
  const auto bytes = contents_of(path);
  Symbols symbols;
  if (bytes.size() < sizeof(Elf64_Ehdr)) return symbols;
  const auto* base = bytes.data();
  const auto* head = reinterpret_cast<const Elf64_Ehdr*>(base);
  const auto* sections = reinterpret_cast<const Elf64_Shdr*>(base + head->e_shoff);
  const Elf64_Shdr* dynamic_symbols = nullptr;
  const Elf64_Half* indices = nullptr;
  std::vector<std::string> versions(65536);
  for (int index = 0; index < head->e_shnum; ++index) {
    const auto& section = sections[index];
    const char* strings = base + sections[section.sh_link].sh_offset;
    const char* at = base + section.sh_offset;
    if (section.sh_type == SHT_DYNSYM) dynamic_symbols = &section;
    if (section.sh_type == SHT_GNU_versym) indices = reinterpret_cast<const Elf64_Half*>(at);
    if (section.sh_type == SHT_GNU_verneed) {
      for (unsigned count = 0; count < section.sh_info; ++count) {
        const auto* need = reinterpret_cast<const Elf64_Verneed*>(at);
        const char* entry = at + need->vn_aux;
        for (unsigned each = 0; each < need->vn_cnt; ++each) {
          const auto* version = reinterpret_cast<const Elf64_Vernaux*>(entry);
          versions[version->vna_other] = strings + version->vna_name;
          entry += version->vna_next;
        }
        at += need->vn_next;
      }
    }
    if (section.sh_type == SHT_GNU_verdef) {
      for (unsigned count = 0; count < section.sh_info; ++count) {
        const auto* definition = reinterpret_cast<const Elf64_Verdef*>(at);
        const auto* name = reinterpret_cast<const Elf64_Verdaux*>(at + definition->vd_aux);
        if ((definition->vd_flags & VER_FLG_BASE) == 0) versions[definition->vd_ndx] = strings + name->vda_name;
        at += definition->vd_next;
      }
    }
  }
  if (dynamic_symbols == nullptr) return symbols;
  const auto* table = reinterpret_cast<const Elf64_Sym*>(base + dynamic_symbols->sh_offset);
  const char* strings = base + sections[dynamic_symbols->sh_link].sh_offset;
  for (std::size_t index = 1; index < dynamic_symbols->sh_size / sizeof(Elf64_Sym); ++index) {
    std::string name = strings + table[index].st_name;
    const std::string& version = indices == nullptr ? std::string() : versions[indices[index] & 0x7fff];
    if (!version.empty()) name += '@' + version;
    (table[index].st_shndx == SHN_UNDEF ? symbols.needed : symbols.defined).insert(name);
  }
  return symbols;
}

void expect_all_exported(const std::string& program, const std::string& runtime) {
  const char* modules = std::getenv("VGPU_TEST_NODE_MODULES");
  if (modules == nullptr) GTEST_SKIP() << "VGPU_TEST_NODE_MODULES names no folder with node-llama-cpp";
  const std::string path = std::string(modules) + "/@node-llama-cpp/" + program;
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  const std::string stage = VGPU_TEST_STAGE;
  auto defined = symbols_of(stage + "/libcuda.so.1").defined;
  defined.merge(symbols_of(stage + '/' + runtime).defined);
  int checked = 0;
  for (const auto& name : symbols_of(path).needed) {
    if (!name.starts_with("cu") && !name.starts_with("__cuda")) continue;
    if (name.starts_with("cublas")) continue;
    ++checked;
    EXPECT_TRUE(defined.contains(name)) << name;
  }
  EXPECT_GT(checked, 50);
}

TEST(Symbols, OfACuda12ProgramAreExported) {
  expect_all_exported("linux-x64-cuda-ext/bins/linux-x64-cuda/fallback/libggml-cuda.so", "libcudart.so.12");
}

TEST(Symbols, OfACuda13ProgramAreExported) {
  expect_all_exported("linux-x64-cuda/bins/linux-x64-cuda/libggml-cuda.so", "libcudart.so.13");
}

}  // namespace
