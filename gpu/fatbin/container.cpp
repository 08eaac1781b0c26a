#include <cstring>
#include <optional>

#include "gpu/fatbin/fatbin.h"

namespace vgpu::fatbin {
namespace {

struct ContainerHeader {
  std::uint32_t magic;
  std::uint16_t version;
  std::uint16_t header_size;
  std::uint64_t size;  // of all entries
};
static_assert(sizeof(ContainerHeader) == 16);

// What all versions of the entry header begin with.
struct EntryHeader {
  std::uint16_t kind;
  std::uint16_t version;
  std::uint32_t header_size;
  std::uint64_t padded_size;      // of the payload
  std::uint32_t compressed_size;  // 0 when not compressed
  std::uint32_t options_offset;
  std::uint16_t minor_version;
  std::uint16_t major_version;
  std::uint32_t arch;
  std::uint32_t name_offset;
  std::uint32_t name_size;
  std::uint64_t flags;
  std::uint64_t reserved;
  std::uint64_t uncompressed_size;
};
static_assert(sizeof(EntryHeader) == 64);

struct Wrapper {
  std::uint32_t magic;
  std::uint32_t version;
  const void* container;
  const void* second;
};
static_assert(sizeof(Wrapper) == 24);

constexpr std::uint16_t kPtx = 1;
constexpr std::uint16_t kElf = 2;

template <class T>
std::optional<T> read_at(std::span<const std::byte> bytes, std::size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::unexpected<Error> bad_entry(std::size_t offset, const char* cause) {
  return failure("fat binary, entry at byte " + std::to_string(offset) + ": " + cause);
}

Kind kind_of(std::uint16_t number) {
  if (number == kPtx) return Kind::Ptx;
  return number == kElf ? Kind::Elf : Kind::Other;
}

Expected<Entry> read_entry(const EntryHeader& header, std::span<const std::byte> bytes, std::size_t offset) {
  const std::span<const std::byte> payload = bytes.subspan(header.header_size);
  const bool compressed = (header.flags & (kFlagLz4 | kFlagZstd)) != 0;
  if (compressed && header.compressed_size > payload.size()) return bad_entry(offset, "compressed size too large");
  Entry entry;
  entry.kind = kind_of(header.kind);
  entry.arch = header.arch;
  entry.ptx_version = header.major_version * 10u + header.minor_version;
  entry.flags = header.flags;
  entry.payload = compressed ? payload.first(header.compressed_size) : payload;
  entry.uncompressed_size = compressed ? header.uncompressed_size : payload.size();
  if (header.name_size > 0 && header.name_offset < bytes.size() &&
      header.name_size <= bytes.size() - header.name_offset) {
    entry.name.assign(reinterpret_cast<const char*>(bytes.data()) + header.name_offset, header.name_size);
    while (!entry.name.empty() && entry.name.back() == '\0') entry.name.pop_back();
  }
  return entry;
}

}  // namespace

Expected<std::span<const std::byte>> find_container(const void* image) {
  std::uint32_t magic = 0;
  if (image != nullptr) std::memcpy(&magic, image, sizeof magic);
  if (magic == kWrapperMagic) {
    Wrapper wrapper{};
    std::memcpy(&wrapper, image, sizeof wrapper);
    image = wrapper.container;
    magic = 0;
    if (image != nullptr) std::memcpy(&magic, image, sizeof magic);
  }
  if (magic != kContainerMagic) return failure("fat binary: no container at the image's address");
  ContainerHeader header{};
  std::memcpy(&header, image, sizeof header);
  return std::span(static_cast<const std::byte*>(image), header.header_size + header.size);
}

Expected<std::vector<Entry>> read_container(std::span<const std::byte> container) {
  const auto header = read_at<ContainerHeader>(container, 0);
  if (!header || header->magic != kContainerMagic) return failure("fat binary: no container header");
  if (header->header_size < sizeof(ContainerHeader) || header->header_size > container.size() ||
      header->size > container.size() - header->header_size) {
    return failure("fat binary: the container's size is larger than its image");
  }
  const std::size_t end = header->header_size + header->size;
  std::vector<Entry> entries;
  for (std::size_t offset = header->header_size; offset < end;) {
    const std::span<const std::byte> rest = container.subspan(offset, end - offset);
    const auto entry_header = read_at<EntryHeader>(rest, 0);
    if (!entry_header) return bad_entry(offset, "header cut short");
    if (entry_header->header_size < sizeof(EntryHeader) || entry_header->header_size > rest.size()) {
      return bad_entry(offset, "wrong header size");
    }
    if (entry_header->padded_size > rest.size() - entry_header->header_size) {
      return bad_entry(offset, "payload larger than the container");
    }
    const std::size_t size = entry_header->header_size + entry_header->padded_size;
    auto entry = read_entry(*entry_header, rest.first(size), offset);
    if (!entry) return std::unexpected(entry.error());
    entries.push_back(std::move(*entry));
    offset += size;
  }
  return entries;
}

const Entry* choose_ptx(std::span<const Entry> entries, unsigned compute_capability) {
  const Entry* best = nullptr;
  const Entry* newer = nullptr;
  bool has_machine_code = false;
  for (const Entry& entry : entries) {
    if ((entry.flags & (kFlagFamilySpecific | kFlagArchSpecific)) != 0) continue;
    const bool is_for_device = entry.arch <= compute_capability;
    if (entry.kind != Kind::Ptx) {
      has_machine_code |= is_for_device && entry.arch / 10 == compute_capability / 10;
    } else if (is_for_device) {
      if (best == nullptr || entry.arch > best->arch) best = &entry;
    } else if (newer == nullptr || entry.arch < newer->arch) {
      newer = &entry;
    }
  }
  return best == nullptr && has_machine_code ? newer : best;
}

}  // namespace vgpu::fatbin
