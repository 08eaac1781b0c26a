#include "gpu/jit/object_cache.h"

#include <fcntl.h>
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Config/llvm-config.h>
#include <llvm/Support/SHA256.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <vector>

#include "base/file_descriptor.h"
#include "gpu/jit/engine.h"

namespace vgpu::jit {
namespace {

namespace fs = std::filesystem;

constexpr char kSuffix[] = ".vgpu";
constexpr char kUnfinishedSuffix[] = ".new";
constexpr auto kLongestWrite = std::chrono::hours(1);
constexpr std::array<char, 8> kMagic = {'v', 'g', 'p', 'u', 'o', 'b', 'j', '1'};

struct Header {
  std::array<char, 8> magic;
  std::uint64_t size;                     // bytes of the object that follows
  std::array<std::uint8_t, 32> checksum;  // SHA-256 of the object
};

std::array<std::uint8_t, 32> checksum_of(std::span<const char> object) {
  return llvm::SHA256::hash({reinterpret_cast<const std::uint8_t*>(object.data()), object.size()});
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

bool write_object(int file, std::span<const char> object) {
  const Header header{kMagic, object.size(), checksum_of(object)};
  return write_all(file, &header, sizeof header) && write_all(file, object.data(), object.size());
}

// A file without a name until it is complete: the kernel removes it when its process is killed. False where the file
// system has no such files.
bool insert_nameless(const std::string& folder, const std::string& path, std::span<const char> object) {
  const FileDescriptor file(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  if (!file.valid() || !write_object(file.get(), object)) return false;
  const std::string name = "/proc/self/fd/" + std::to_string(file.get());
  // What is there already was found to be damaged, or is the same from another process.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (::linkat(AT_FDCWD, name.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return true;
    if (errno != EEXIST || ::unlink(path.c_str()) != 0) return false;
  }
  return true;
}

// Process IDs repeat from container to container, which may share a folder.
void insert_named(const std::string& path, std::span<const char> object) {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) return;
  const std::string unfinished = path + "." + std::to_string(number) + kUnfinishedSuffix;
  const FileDescriptor file(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) return;
  if (!write_object(file.get(), object) || ::rename(unfinished.c_str(), path.c_str()) != 0)
    ::unlink(unfinished.c_str());
}

}  // namespace

std::optional<llvm::SmallVector<char, 0>> ObjectCache::find(const std::string& key) const {
  const std::string path = folder_ + "/" + key + kSuffix;
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return std::nullopt;
  Header header{};
  struct stat status{};
  if (::fstat(file.get(), &status) != 0 || !read_all(file.get(), &header, sizeof header)) return std::nullopt;
  if (header.magic != kMagic || header.size + sizeof header != static_cast<std::uint64_t>(status.st_size)) {
    return std::nullopt;
  }
  llvm::SmallVector<char, 0> object;
  object.resize_for_overwrite(header.size);
  if (!read_all(file.get(), object.data(), object.size())) return std::nullopt;
  if (checksum_of({object.data(), object.size()}) != header.checksum) return std::nullopt;
  ::futimens(file.get(), nullptr);
  return object;
}

void ObjectCache::insert(const std::string& key, std::span<const char> object) const {
  if (object.size() + sizeof(Header) > maximum_) return;
  std::error_code ignored;
  fs::create_directories(folder_, ignored);
  make_room(object.size() + sizeof(Header));
  const std::string path = folder_ + "/" + key + kSuffix;
  if (!insert_nameless(folder_, path, object)) insert_named(path, object);
}

void ObjectCache::make_room(std::uint64_t bytes) const {
  struct File {
    fs::path path;
    std::uint64_t size;
    fs::file_time_type used;
  };
  std::vector<File> files;
  std::uint64_t total = bytes;
  std::error_code error;
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    const bool unfinished = at->path().extension() == kUnfinishedSuffix;
    if (!unfinished && at->path().extension() != kSuffix) continue;
    std::error_code gone;
    File file{at->path(), at->file_size(gone), at->last_write_time(gone)};
    if (gone) continue;
    if (unfinished) {
      if (fs::file_time_type::clock::now() - file.used > kLongestWrite) fs::remove(file.path, gone);
      continue;
    }
    total += file.size;
    files.push_back(std::move(file));
  }
  if (total <= maximum_) return;
  std::ranges::sort(files, {}, &File::used);
  for (const File& file : files) {
    if (total <= maximum_) break;
    if (fs::remove(file.path, error)) total -= file.size;
  }
}

std::string cache_key(const ptx::Module& module, const ptx::EntrySignature& entry, WarpRow warp_row,
                      const Target& target) {
  llvm::SHA256 hash;
  const auto add = [&](std::string_view text) {
    const std::uint64_t size = text.size();
    hash.update(llvm::ArrayRef(reinterpret_cast<const std::uint8_t*>(&size), sizeof size));
    hash.update(llvm::StringRef(text.data(), text.size()));
  };
  const auto add_number = [&](std::uint64_t number) {
    hash.update(llvm::ArrayRef(reinterpret_cast<const std::uint8_t*>(&number), sizeof number));
  };
  add(LLVM_VERSION_STRING);
  add_number(kVgpuEngineVersion);
  add_number(kCodeVersion);
  add(target.cpu);
  add(target.features);
  add_number(warp_row);
  // Bodies of functions that an entry calls lie outside its text.
  const bool has_functions = module.text().find(".func") != std::string::npos;
  add(has_functions ? std::string_view(module.text()) : entry.text);
  add(entry.name);
  for (const ptx::Variable& variable : module.variables()) {
    add(variable.name);
    add_number(static_cast<std::uint64_t>(variable.space));
    add_number(variable.alignment);
    add_number(variable.size);
  }
  std::string digits;
  for (const std::uint8_t byte : hash.final()) {
    constexpr char kDigits[] = "0123456789abcdef";
    digits += kDigits[byte >> 4];
    digits += kDigits[byte & 15];
  }
  return digits;
}

}  // namespace vgpu::jit
