#include <lz4.h>
#include <zstd.h>

#include "gpu/fatbin/fatbin.h"

namespace vgpu::fatbin {
namespace {

constexpr std::uint64_t kLargest = 1ull << 30;  // bytes

Expected<std::string> unpack_lz4(const Entry& entry) {
  // LZ4 makes at most 255 bytes of one, so a header cannot ask for much memory with little data.
  constexpr std::uint64_t kMostExpansion = 255;
  if (entry.uncompressed_size / kMostExpansion > entry.payload.size() || entry.payload.size() > kLargest) {
    return failure("fat binary: LZ4 data cannot have the size that its entry says");
  }
  std::string text(entry.uncompressed_size, '\0');
  const int size = LZ4_decompress_safe(reinterpret_cast<const char*>(entry.payload.data()), text.data(),
                                       static_cast<int>(entry.payload.size()), static_cast<int>(text.size()));
  if (size < 0 || static_cast<std::size_t>(size) != text.size()) return failure("fat binary: damaged LZ4 data");
  return text;
}

Expected<std::string> unpack_zstd(const Entry& entry) {
  const unsigned long long content = ZSTD_getFrameContentSize(entry.payload.data(), entry.payload.size());
  if (content == ZSTD_CONTENTSIZE_ERROR ||
      (content != ZSTD_CONTENTSIZE_UNKNOWN && content != entry.uncompressed_size)) {
    return failure("fat binary: zstd data has not the size that its entry says");
  }
  std::string text(entry.uncompressed_size, '\0');
  const std::size_t size = ZSTD_decompress(text.data(), text.size(), entry.payload.data(), entry.payload.size());
  if (ZSTD_isError(size) != 0 || size != text.size()) return failure("fat binary: damaged zstd data");
  return text;
}

Expected<std::string> unpack_any(const Entry& entry) {
  if (entry.uncompressed_size > kLargest) return failure("fat binary: an entry of more than 1 GiB");
  if ((entry.flags & kFlagZstd) != 0) return unpack_zstd(entry);
  if ((entry.flags & kFlagLz4) != 0) return unpack_lz4(entry);
  return std::string(reinterpret_cast<const char*>(entry.payload.data()), entry.payload.size());
}

}  // namespace

Expected<std::string> unpack(const Entry& entry) {
  auto contents = unpack_any(entry);
  if (contents && entry.kind == Kind::Ptx) {
    while (!contents->empty() && contents->back() == '\0') contents->pop_back();
  }
  return contents;
}

}  // namespace vgpu::fatbin
