#include "gpu/jit/object_cache_file.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/Support/SHA256.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace vgpu::jit {
namespace {

constexpr std::array<char, 8> kMagic = {'v', 'g', 'p', 'u', 'o', 'b', 'j', '2'};

struct Header {
  std::array<char, 8> magic;
  std::uint64_t size;  // bytes of the object that follows
  std::array<char, 64> key;
  std::array<std::uint8_t, 32> checksum;  // SHA-256 of the object
};

std::array<std::uint8_t, 32> checksum_of(std::span<const char> object) {
  return llvm::SHA256::hash({reinterpret_cast<const std::uint8_t*>(object.data()), object.size()});
}

std::array<char, 64> key_field(const std::string& key) {
  std::array<char, 64> field{};
  std::copy_n(key.begin(), std::min(key.size(), field.size()), field.begin());
  return field;
}

bool read_all(int file, void* to, std::size_t size) {
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t got = ::read(file, at, size);
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool write_all(int file, const void* from, std::size_t size) {
  const auto* at = static_cast<const char*>(from);
  while (size > 0) {
    const ssize_t put = ::write(file, at, size);
    if (put <= 0) return false;
    at += put;
    size -= static_cast<std::size_t>(put);
  }
  return true;
}

}  // namespace

std::uint64_t object_file_size(std::span<const char> object) {
  return sizeof(Header) + object.size();
}

Expected<llvm::SmallVector<char, 0>> read_object(int file, const std::string& key) {
  struct stat status{};
  if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return failure("not a regular file");
  Header header{};
  if (!read_all(file, &header, sizeof header)) return failure("cut short");
  if (header.magic != kMagic) return failure("no compiled kernel of this version");
  if (header.key != key_field(key)) return failure("another kernel's file");
  if (header.size > kLargestObject || header.size + sizeof header != static_cast<std::uint64_t>(status.st_size)) {
    return failure("not of the size that it says");
  }
  // Not mapped: a file that another process cuts short under a mapping would end this one by a signal.
  llvm::SmallVector<char, 0> object;
  object.resize_for_overwrite(header.size);
  if (!read_all(file, object.data(), object.size())) return failure("cut short");
  if (checksum_of({object.data(), object.size()}) != header.checksum) return failure("damaged");
  return object;
}

bool write_object(int file, const std::string& key, std::span<const char> object) {
  const Header header{kMagic, object.size(), key_field(key), checksum_of(object)};
  return write_all(file, &header, sizeof header) && write_all(file, object.data(), object.size());
}

}  // namespace vgpu::jit
