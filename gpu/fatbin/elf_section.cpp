#include "gpu/fatbin/elf_section.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "base/file_descriptor.h"
#include "gpu/fatbin/fatbin.h"

namespace vgpu::fatbin {
namespace {

template <class T>
std::optional<T> read_at(std::span<const std::byte> bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::span<const std::byte> slice(std::span<const std::byte> bytes, std::uint64_t offset, std::uint64_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) return {};
  return bytes.subspan(offset, size);
}

bool has_name(std::span<const std::byte> names, std::uint32_t offset, std::string_view wanted) {
  const std::span<const std::byte> name = slice(names, offset, wanted.size() + 1);
  return !name.empty() && std::memcmp(name.data(), wanted.data(), wanted.size()) == 0 && name.back() == std::byte{0};
}

// The contents of a section; empty when there is none of that name.
std::span<const std::byte> find_section(std::span<const std::byte> file, std::string_view wanted) {
  const auto header = read_at<Elf64_Ehdr>(file, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64)
    return {};
  const auto section = [&](std::uint64_t number) {
    return read_at<Elf64_Shdr>(file, header->e_shoff + number * sizeof(Elf64_Shdr));
  };
  const auto names_header = section(header->e_shstrndx);
  if (!names_header) return {};
  const std::span<const std::byte> names = slice(file, names_header->sh_offset, names_header->sh_size);
  for (unsigned number = 0; number < header->e_shnum; ++number) {
    const auto found = section(number);
    if (found && has_name(names, found->sh_name, wanted)) return slice(file, found->sh_offset, found->sh_size);
  }
  return {};
}

}  // namespace

Expected<ElfFile> ElfFile::open(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return system_failure("open", path, errno);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return system_failure("stat", path, errno);
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (address == MAP_FAILED) return system_failure("map", path, errno);
  ElfFile elf(std::span(static_cast<const std::byte*>(address), size));
  if (auto done = elf.read(); !done) return failure('"' + path + "\": " + done.error().message);
  return elf;
}

ElfFile::ElfFile(ElfFile&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})), containers_(std::move(other.containers_)) {}

ElfFile::~ElfFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

Expected<void> ElfFile::read() {
  const std::span<const std::byte> section = find_section(bytes_, ".nv_fatbin");
  if (section.empty()) return failure("no ELF section .nv_fatbin");
  constexpr std::uint64_t kStep = 8;  // containers are aligned so
  for (std::uint64_t offset = 0; offset < section.size();) {
    const auto magic = read_at<std::uint32_t>(section, offset);
    const auto header_size = read_at<std::uint16_t>(section, offset + 6);
    const auto size = read_at<std::uint64_t>(section, offset + 8);
    if (!magic || *magic != kContainerMagic || !header_size || !size) {
      offset += kStep;
      continue;
    }
    const std::span<const std::byte> container = slice(section, offset, *header_size + *size);
    if (container.empty()) return failure("a fat binary container reaches past section .nv_fatbin");
    containers_.push_back(container);
    offset += (container.size() + kStep - 1) / kStep * kStep;
  }
  return {};
}

}  // namespace vgpu::fatbin
