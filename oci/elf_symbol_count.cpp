#include "oci/elf_symbol_count.h"

#include <algorithm>
#include <limits>

namespace vgpu::oci {
namespace {

constexpr std::uint64_t kLongestChain = 65536;

// DT_GNU_HASH holds the defined symbols, which come last: number of buckets, index of the first symbol in it, words of
// the filter, a shift; the filter's words of 64 bits; the first symbol of each bucket; for each symbol a word whose
// lowest bit ends its chain. 0 when the table has no symbol.
std::uint64_t count_by_gnu_hash(const ElfImage& image, std::uint64_t address) {
  const auto header = image.table<std::uint32_t>(address, 4);
  if (!header) return 0;
  const std::uint64_t buckets = (*header)[0], first = (*header)[1], words = (*header)[2];
  const std::uint64_t bucket_address = address + 16 + words * 8;
  const auto heads = image.table<std::uint32_t>(bucket_address, std::min(buckets, kMostElfSymbols));
  if (!heads || heads->empty()) return 0;
  std::uint64_t last = std::ranges::max(*heads);
  if (last < first || last == 0) return 0;
  const std::uint64_t chains = bucket_address + buckets * 4;
  for (std::uint64_t step = 0; step < kLongestChain; ++step, ++last) {
    const auto word = image.entry<std::uint32_t>(chains + (last - first) * 4);
    if (!word) return 0;
    if ((*word & 1) != 0) return last + 1;
  }
  return 0;
}

// The symbols end where another table begins.
std::uint64_t count_by_neighbour(const ElfImage& image, std::uint64_t symbols) {
  std::uint64_t next = std::numeric_limits<std::uint64_t>::max();
  for (const Elf64_Dyn& entry : image.dynamic()) {
    switch (entry.d_tag) {
      case DT_STRTAB:
      case DT_VERSYM:
      case DT_VERNEED:
      case DT_VERDEF:
      case DT_GNU_HASH:
      case DT_RELA:
      case DT_RELR:
      case DT_JMPREL:
      case DT_INIT:
        if (entry.d_un.d_ptr > symbols) next = std::min<std::uint64_t>(next, entry.d_un.d_ptr);
        break;
      default:
        break;
    }
  }
  return next == std::numeric_limits<std::uint64_t>::max() ? 0 : (next - symbols) / sizeof(Elf64_Sym);
}

}  // namespace

std::uint64_t count_elf_symbols(const ElfImage& image) {
  std::uint64_t count = 0;
  // DT_HASH: number of buckets, number of symbols.
  if (const auto address = image.value(DT_HASH)) count = image.entry<std::uint32_t>(*address + 4).value_or(0);
  if (const auto address = image.value(DT_GNU_HASH); address && count == 0) count = count_by_gnu_hash(image, *address);
  if (const auto address = image.value(DT_SYMTAB); address && count == 0) count = count_by_neighbour(image, *address);
  return std::min(count, kMostElfSymbols);
}

}  // namespace vgpu::oci
