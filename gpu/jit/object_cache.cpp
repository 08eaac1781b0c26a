#include "gpu/jit/object_cache.h"

#include <fcntl.h>
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Config/llvm-config.h>
#include <llvm/Support/SHA256.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/file_descriptor.h"
#include "base/log.h"
#include "gpu/jit/engine.h"
#include "gpu/jit/object_cache_file.h"
#include "gpu/jit/object_cache_room.h"

namespace vgpu::jit {
namespace {

std::string file_name(const std::string& key) {
  return key + std::string(kObjectSuffix);
}

// Written to a folder in one go.
struct NewObject {
  const std::string& key;
  std::span<const char> content;
  bool for_all_users;
};

// The mode does not depend on the process' umask.
bool fill(const FileDescriptor& file, const NewObject& object) {
  return (!object.for_all_users || ::fchmod(file.get(), 0666) == 0) &&
         write_object(file.get(), object.key, object.content);
}

// A file without a name until it is complete: the kernel removes it when its process is killed. False where the file
// system has no such files.
bool insert_nameless(int folder, const NewObject& object) {
  const FileDescriptor file(::openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  if (!file.valid() || !fill(file, object)) return false;
  const std::string link = "/proc/self/fd/" + std::to_string(file.get());
  const std::string name = file_name(object.key);
  // What is there already was found to be damaged, or is the same from another process.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (::linkat(AT_FDCWD, link.c_str(), folder, name.c_str(), AT_SYMLINK_FOLLOW) == 0) return true;
    if (errno != EEXIST || ::unlinkat(folder, name.c_str(), 0) != 0) return false;
  }
  return true;
}

// Process IDs repeat from container to container, which may share a folder.
void insert_named(int folder, const NewObject& object) {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) return;
  const std::string name = file_name(object.key);
  const std::string unfinished = name + "." + std::to_string(number) + std::string(kUnfinishedSuffix);
  const FileDescriptor file(
      ::openat(folder, unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return;
  if (!fill(file, object) || ::renameat(folder, unfinished.c_str(), folder, name.c_str()) != 0) {
    ::unlinkat(folder, unfinished.c_str(), 0);
  }
}

}  // namespace

std::optional<llvm::SmallVector<char, 0>> ObjectCache::find(const std::string& key) const {
  const std::string path = folder_ + "/" + file_name(key);
  const auto ignore = [&](const std::string& reason) {
    log(LogLevel::Warn, "code cache \"" + folder_ + "\": " + file_name(key) + " is ignored: " + reason);
    return std::nullopt;
  };
  // A pipe is opened without waiting for its other end, and a lease is not waited for.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file.valid()) {
    if (errno == ENOENT) return std::nullopt;
    return ignore(errno == ELOOP ? "a link" : std::strerror(errno));
  }
  auto object = read_object(file.get(), key);
  if (!object) return ignore(object.error().message);
  ::futimens(file.get(), nullptr);
  return *std::move(object);
}

void ObjectCache::insert(const std::string& key, std::span<const char> object) const {
  if (object.size() > kLargestObject || object_file_size(object) > maximum_) return;
  std::error_code ignored;
  std::filesystem::create_directories(folder_, ignored);
  const FileDescriptor folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return;
  make_room(folder.get(), object_file_size(object), maximum_);
  const NewObject inserted{key, object, files_ == Files::OfAllUsers};
  if (!insert_nameless(folder.get(), inserted)) insert_named(folder.get(), inserted);
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
