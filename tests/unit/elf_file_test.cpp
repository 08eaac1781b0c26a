#include "oci/elf_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "oci/elf_image.h"
#include "oci/elf_names.h"
#include "oci/elf_symbol_count.h"
#include "tests/unit/elf_builder.h"

namespace vgpu::oci {
namespace {

using test::BuiltElf;
using test::ElfBuilder;
using testing::Contains;
using testing::ElementsAre;

const ElfSymbol* find(const ElfFile& file, std::string_view name) {
  for (const ElfSymbol& symbol : file.symbols) {
    if (symbol.name == name) return &symbol;
  }
  return nullptr;
}

Expected<ElfFile> read_path(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return ElfFile::read(FileBytes(file));
}

BuiltElf example() {
  BuiltElf parts;
  parts.needed = {"libcudart.so.12", "libcuda.so.1", "libc.so.6"};
  parts.soname = "libggml-cuda.so";
  parts.runpath = "$ORIGIN:/opt/lib";
  parts.imports = {{"cudaMalloc", "libcudart.so.12", "libcudart.so.12", false},
                   {"malloc", "GLIBC_2.2.5", "libc.so.6", false},
                   {"free", "GLIBC_2.3", "libc.so.6", false},
                   {"cuMemCreate", "", "", false},
                   {"cuMemMap", "", "", true}};
  parts.exports = {{"ggml_backend_init", "GGML_1", "", false}, {"plain", "", "", false}};
  return parts;
}

void expect_example(const ElfFile& file) {
  EXPECT_THAT(file.needed, ElementsAre("libcudart.so.12", "libcuda.so.1", "libc.so.6"));
  EXPECT_EQ(file.soname, "libggml-cuda.so");
  EXPECT_EQ(file.runpath, "$ORIGIN:/opt/lib");
  EXPECT_EQ(file.rpath, "");
  EXPECT_THAT(file.versions, ElementsAre("GGML_1"));
  ASSERT_EQ(file.symbols.size(), 7U);
  const ElfSymbol* const versioned = find(file, "cudaMalloc");
  ASSERT_NE(versioned, nullptr);
  EXPECT_FALSE(versioned->defined);
  EXPECT_EQ(versioned->version, "libcudart.so.12");
  EXPECT_EQ(versioned->library, "libcudart.so.12");
  EXPECT_EQ(find(file, "free")->version, "GLIBC_2.3");
  EXPECT_EQ(find(file, "free")->library, "libc.so.6");
  EXPECT_EQ(find(file, "cuMemCreate")->version, "");
  EXPECT_FALSE(find(file, "cuMemCreate")->weak);
  EXPECT_TRUE(find(file, "cuMemMap")->weak);
  EXPECT_TRUE(find(file, "ggml_backend_init")->defined);
  EXPECT_EQ(find(file, "ggml_backend_init")->version, "GGML_1");
  EXPECT_EQ(find(file, "ggml_backend_init")->library, "");
}

TEST(ElfFile, NamesVersionsAndFolders) {
  for (const bool hash : {true, false}) {
    BuiltElf parts = example();
    parts.hash = hash;
    const std::string bytes = ElfBuilder(parts).build();
    const auto file = ElfFile::read(MemoryBytes(bytes));
    ASSERT_TRUE(file) << file.error().message;
    expect_example(*file);
  }
}

TEST(ElfFile, NamesStayWhenTheFileIsMoved) {
  const std::string bytes = ElfBuilder(example()).build();
  auto file = ElfFile::read(MemoryBytes(bytes));
  ASSERT_TRUE(file);
  const ElfFile moved = *std::move(file);
  expect_example(moved);
}

// Every exported function of the table is found: the number of symbols is not said anywhere in such a file.
TEST(ElfFile, LibraryOfThisBuild) {
  const auto file = read_path(VGPU_TEST_STAGE "/libcuda.so.1");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->soname, "libcuda.so.1");
  std::set<std::string_view> exports;
  for (const ElfSymbol& symbol : file->symbols) {
    if (symbol.defined) exports.insert(symbol.name);
  }
#define FUNCTION(family, state, check, variant, since, name, ...) EXPECT_TRUE(exports.contains(#name)) << #name;
#define ALIAS(since, name, target) EXPECT_TRUE(exports.contains(#name)) << #name;
#define REFUSED(variant, since, name) EXPECT_TRUE(exports.contains(#name)) << #name;
#include "shims/cuda/functions.def"
#undef FUNCTION
#undef ALIAS
#undef REFUSED
}

TEST(ElfFile, VersionsOfALibraryOfThisBuild) {
  const auto file = read_path(VGPU_TEST_STAGE "/libcudart.so.12");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_THAT(file->needed, Contains("libcuda.so.1"));
  EXPECT_EQ(file->runpath, "$ORIGIN:/usr/local/nvidia/lib64");
  EXPECT_THAT(file->versions, Contains("libcudart.so.12"));
  const ElfSymbol* const function = find(*file, "cudaMalloc");
  ASSERT_NE(function, nullptr);
  EXPECT_TRUE(function->defined);
  EXPECT_EQ(function->version, "libcudart.so.12");
}

TEST(ElfFile, ThisProgram) {
  const auto file = read_path("/proc/self/exe");
  ASSERT_TRUE(file) << file.error().message;
  const ElfSymbol* const function = find(*file, "__libc_start_main");
  ASSERT_NE(function, nullptr);
  EXPECT_FALSE(function->defined);
  EXPECT_TRUE(function->version.starts_with("GLIBC_")) << function->version;
  EXPECT_EQ(function->library, "libc.so.6");
}

TEST(ElfFile, WhatIsNone) {
  for (const std::string text : {"",
                                 "\x7f"
                                 "ELF",
                                 "#!/bin/sh\necho this is a script, and long enough for a header\n"}) {
    EXPECT_FALSE(ElfFile::read(MemoryBytes(text)));
  }
  std::string bytes = ElfBuilder(example()).build();
  bytes[EI_CLASS] = ELFCLASS32;
  EXPECT_FALSE(ElfFile::read(MemoryBytes(bytes)));
}

// Reads all that is given, so that a sanitizer or a guard page sees what is not the file's.
std::size_t touch(std::string_view bytes) {
  // At the end of its own allocation: what is read behind it is seen by tools.
  const std::vector<char> copy(bytes.begin(), bytes.end());
  const auto file = ElfFile::read(MemoryBytes(copy));
  if (!file) return 0;
  EXPECT_LE(file->symbols.size(), kMostElfSymbols);
  std::size_t sum = 0;
  const auto add = [&](std::string_view text) {
    EXPECT_LT(text.size(), kLongestElfName);
    for (const char character : text) sum += static_cast<unsigned char>(character);
  };
  for (const std::string_view name : file->needed) add(name);
  for (const std::string_view name : file->versions) add(name);
  for (const std::string_view text : {file->soname, file->rpath, file->runpath}) add(text);
  for (const ElfSymbol& symbol : file->symbols) {
    add(symbol.name);
    add(symbol.version);
    add(symbol.library);
  }
  return sum + 1;
}

TEST(ElfFile, CutOff) {
  const std::string bytes = ElfBuilder(example()).build();
  ASSERT_NE(touch(bytes), 0U);
  for (std::size_t length = 0; length < bytes.size(); ++length) touch(std::string_view(bytes).substr(0, length));
}

TEST(ElfFile, EveryByteWrong) {
  for (const bool hash : {true, false}) {
    BuiltElf parts = example();
    parts.hash = hash;
    const std::string bytes = ElfBuilder(parts).build();
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const unsigned char value : {0x00, 0x01, 0x07, 0x7f, 0x80, 0xfe, 0xff}) {
        std::string wrong = bytes;
        wrong[at] = static_cast<char>(value);
        touch(wrong);
      }
    }
  }
}

TEST(ElfFile, ManyBytesWrong) {
  const std::string bytes = ElfBuilder(example()).build();
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string wrong = bytes;
    for (unsigned changes = 1 + random() % 8; changes > 0; --changes) {
      // Words, because offsets and sizes are what leads astray.
      const std::uint32_t word = random() % 4 == 0 ? 0xffffffff >> random() % 32 : random() % 4096;
      std::memcpy(&wrong[random() % (wrong.size() - sizeof word)], &word, sizeof word);
    }
    touch(wrong);
  }
}

// A chain of versions with an entry at each byte, and more symbols than a file can have.
TEST(ElfFile, EndlessTables) {
  BuiltElf parts = example();
  const std::string bytes = ElfBuilder(parts).build();
  const MemoryBytes source(bytes);
  const auto image = ElfImage::open(source);
  ASSERT_TRUE(image);
  const std::uint64_t needs = image->value(DT_VERNEED).value_or(0);
  ASSERT_NE(needs, 0U);
  std::string chain = bytes;
  Elf64_Verneed entry{};
  std::memcpy(&entry, &chain[needs], sizeof entry);
  entry.vn_cnt = 0xffff;
  entry.vn_next = 1;
  std::memcpy(&chain[needs], &entry, sizeof entry);
  Elf64_Vernaux auxiliary{};
  std::memcpy(&auxiliary, &chain[needs + entry.vn_aux], sizeof auxiliary);
  auxiliary.vna_next = 1;
  std::memcpy(&chain[needs + entry.vn_aux], &auxiliary, sizeof auxiliary);
  touch(chain);

  std::string many = bytes;
  const std::uint64_t hash = image->value(DT_HASH).value_or(0);
  const std::uint32_t count = 0xffffffff;
  std::memcpy(&many[hash + 4], &count, sizeof count);
  EXPECT_EQ(touch(many), 0U);
}

}  // namespace
}  // namespace vgpu::oci
