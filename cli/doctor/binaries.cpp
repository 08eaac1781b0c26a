#include "cli/doctor/binaries.h"

#include <algorithm>

#include "cli/doctor/cuda_names.h"
#include "cli/doctor/search_path.h"
#include "oci/elf_file.h"
#include "oci/library_names.h"

namespace vgpu::cli::doctor {
namespace {

constexpr std::size_t kMostFiles = 20000;
constexpr std::size_t kMostBinaries = 1000;
constexpr std::size_t kMostImports = 5000;  // of one: CUDA has fewer functions

std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

Binary describe(const std::string& path, const oci::ElfFile& file) {
  Binary binary;
  binary.path = path;
  for (const std::string_view name : file.needed) {
    if (is_cuda_library(name)) binary.needed.emplace_back(name);
  }
  for (const oci::ElfSymbol& symbol : file.symbols) {
    if (symbol.defined || symbol.weak || !is_cuda_symbol(symbol.name) || binary.imports.size() == kMostImports)
      continue;
    binary.imports.push_back({std::string(symbol.name), std::string(symbol.version), std::string(symbol.library)});
  }
  // DT_RPATH does not count beside DT_RUNPATH.
  if (file.runpath.empty()) binary.first_folders = split_path(file.rpath, folder_of(path));
  binary.last_folders = split_path(file.runpath, folder_of(path));
  return binary;
}

void examine(const Subject& subject, const std::string& path, Binaries& binaries) {
  const FileDescriptor opened = open_file(subject, path);
  if (!opened.valid()) return;
  const auto file = oci::ElfFile::read(oci::FileBytes(opened));
  if (!file) return;
  ++binaries.examined;
  for (const oci::ElfSymbol& symbol : file->symbols) {
    if (symbol.defined && is_cuda_symbol(symbol.name) && binaries.provided.size() < kMostImports) {
      binaries.provided.emplace(symbol.name);
    }
  }
  Binary binary = describe(path, *file);
  if (binary.needed.empty() && binary.imports.empty()) return;
  if (binaries.found.size() == kMostBinaries) {
    binaries.complete = false;
    return;
  }
  binaries.found.push_back(std::move(binary));
}

}  // namespace

Binaries find_binaries(const Subject& subject) {
  Binaries binaries;
  std::set<std::string> seen;
  for (const std::string& folder : binary_folders(subject)) {
    if (folder == oci::kContainerLibraryFolder) continue;
    for (const std::string& name : subject.rootfs->list(folder)) {
      // vgpu's stand in the place of those.
      if (!oci::covering_library(name).empty()) continue;
      const auto file = subject.rootfs->resolve_file(folder + "/" + name);
      if (!file || !oci::covering_library(base_name(*file)).empty() || !seen.insert(*file).second) continue;
      if (seen.size() > kMostFiles) {
        binaries.complete = false;
        return binaries;
      }
      examine(subject, *file, binaries);
    }
  }
  return binaries;
}

}  // namespace vgpu::cli::doctor
