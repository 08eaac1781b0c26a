#include "oci/elf_image.h"

#include <algorithm>

namespace vgpu::oci {
namespace {

constexpr unsigned kMostHeaders = 1024;
constexpr std::uint64_t kMostDynamicEntries = 4096;

template <class T>
bool read_entries(const ByteSource& bytes, std::uint64_t offset, std::vector<T>& entries) {
  return bytes.read(offset, {reinterpret_cast<char*>(entries.data()), entries.size() * sizeof(T)});
}

}  // namespace

Expected<ElfImage> ElfImage::open(const ByteSource& bytes) {
  Elf64_Ehdr header{};
  if (!bytes.read(0, {reinterpret_cast<char*>(&header), sizeof header}) ||
      std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    return failure("not an ELF file");
  }
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
    return failure("not a 64-bit little-endian ELF file");
  }
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum > kMostHeaders) {
    return failure("malformed ELF program headers");
  }
  std::vector<Elf64_Phdr> headers(header.e_phnum);
  if (!read_entries(bytes, header.e_phoff, headers)) return failure("ELF program headers outside of the file");

  ElfImage image(bytes);
  std::ranges::copy_if(headers, std::back_inserter(image.loads_),
                       [](const Elf64_Phdr& load) { return load.p_type == PT_LOAD; });
  const auto section = std::ranges::find(headers, static_cast<Elf64_Word>(PT_DYNAMIC), &Elf64_Phdr::p_type);
  if (section == headers.end()) return failure("ELF file without a dynamic section");
  image.dynamic_.resize(std::min(section->p_filesz / sizeof(Elf64_Dyn), kMostDynamicEntries));
  if (!read_entries(bytes, section->p_offset, image.dynamic_))
    return failure("ELF dynamic section outside of the file");
  const auto end = std::ranges::find(image.dynamic_, Elf64_Sxword{DT_NULL}, &Elf64_Dyn::d_tag);
  image.dynamic_.erase(end, image.dynamic_.end());
  return image;
}

std::optional<std::uint64_t> ElfImage::value(std::int64_t tag) const {
  const auto found = std::ranges::find(dynamic_, tag, &Elf64_Dyn::d_tag);
  return found == dynamic_.end() ? std::nullopt : std::optional<std::uint64_t>(found->d_un.d_val);
}

std::optional<std::uint64_t> ElfImage::offset_of(std::uint64_t address, std::uint64_t length) const {
  for (const Elf64_Phdr& load : loads_) {
    if (address < load.p_vaddr) continue;
    const std::uint64_t within = address - load.p_vaddr;
    if (within > load.p_filesz || length > load.p_filesz - within) continue;
    const std::uint64_t size = bytes_->size();
    if (load.p_offset > size || within > size - load.p_offset || length > size - load.p_offset - within) continue;
    return load.p_offset + within;
  }
  return std::nullopt;
}

bool ElfImage::read(std::uint64_t address, std::span<char> target) const {
  const auto offset = offset_of(address, target.size());
  return offset && bytes_->read(*offset, target);
}

}  // namespace vgpu::oci
