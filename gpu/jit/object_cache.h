#pragma once

#include <llvm/ADT/SmallVector.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "gpu/jit/target.h"
#include "gpu/ptx/module.h"
#include "gpu/warp/block_shape.h"

namespace vgpu::jit {

// Compiled kernels on disk: one file each in a folder, named by the key. Others may write to the folder, and be hostile
// or killed at any moment: a file that is not whole, not of its key or no file at all counts as absent, with a line in
// the log. Failures to read or write are never errors: the kernel is compiled again.
class ObjectCache {
 public:
  // Who may read and replace the files: the users of one ID, or of any ID that reaches the folder.
  enum class Files { OfOneUser, OfAllUsers };

  // `maximum`: bytes that the files may take together; the ones not used for longest go first. Each writer keeps to it
  // by itself, so that several at a time may be above it by the objects that they write just then.
  ObjectCache(std::string folder, std::uint64_t maximum, Files files = Files::OfOneUser)
      : folder_(std::move(folder)), maximum_(maximum), files_(files) {}

  [[nodiscard]] const std::string& folder() const { return folder_; }

  // The object is a copy: what happens to the file later does not reach it.
  [[nodiscard]] std::optional<llvm::SmallVector<char, 0>> find(const std::string& key) const;
  void insert(const std::string& key, std::span<const char> object) const;

 private:
  std::string folder_;
  std::uint64_t maximum_;
  Files files_;
};

// Counted up whenever the code that is made for the same PTX changes.
inline constexpr std::uint64_t kCodeVersion = 17;

// 64 hexadecimal digits that stand for everything the code of an entry depends on.
std::string cache_key(const ptx::Module& module, const ptx::EntrySignature& entry, WarpRow warp_row,
                      const Target& target);

}  // namespace vgpu::jit
