#include "oci/elf_versions.h"

namespace vgpu::oci {
namespace {

// Of all chains: each entry tells how far the next is, so that a file could have one at each of its bytes.
constexpr unsigned kMostEntries = 16384;

using Versions = std::map<std::uint16_t, ElfVersion>;

void read_needed(const ElfImage& image, const ElfNames& names, Versions& versions) {
  std::uint64_t address = image.value(DT_VERNEED).value_or(0);
  unsigned left = kMostEntries;
  while (address != 0 && left-- > 0) {
    const auto need = image.entry<Elf64_Verneed>(address);
    if (!need) return;
    std::uint64_t auxiliary = address + need->vn_aux;
    for (unsigned count = 0; count < need->vn_cnt && left > 0; ++count, --left) {
      const auto entry = image.entry<Elf64_Vernaux>(auxiliary);
      if (!entry) return;
      versions.try_emplace(entry->vna_other, ElfVersion{names.at(entry->vna_name), names.at(need->vn_file)});
      if (entry->vna_next == 0) break;
      auxiliary += entry->vna_next;
    }
    if (need->vn_next == 0) return;
    address += need->vn_next;
  }
}

void read_defined(const ElfImage& image, const ElfNames& names, Versions& versions) {
  std::uint64_t address = image.value(DT_VERDEF).value_or(0);
  for (unsigned left = kMostEntries; address != 0 && left > 0; --left) {
    const auto definition = image.entry<Elf64_Verdef>(address);
    if (!definition) return;
    // The first name is the version's own; the others are those that it follows on.
    const auto entry = image.entry<Elf64_Verdaux>(address + definition->vd_aux);
    if (entry) versions.try_emplace(definition->vd_ndx, ElfVersion{names.at(entry->vda_name), {}});
    if (definition->vd_next == 0) return;
    address += definition->vd_next;
  }
}

}  // namespace

Versions read_versions(const ElfImage& image, const ElfNames& names) {
  Versions versions;
  read_defined(image, names, versions);
  read_needed(image, names, versions);
  return versions;
}

}  // namespace vgpu::oci
