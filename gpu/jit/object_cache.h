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

// Compiled kernels on disk: one file each in a folder, named by the key. A file that is cut short or damaged counts
// as absent. Failures to read or write are never errors: the kernel is compiled again.
class ObjectCache {
 public:
  // `maximum`: bytes that the files may take together; the ones not used for longest go first.
  ObjectCache(std::string folder, std::uint64_t maximum) : folder_(std::move(folder)), maximum_(maximum) {}

  [[nodiscard]] std::optional<llvm::SmallVector<char, 0>> find(const std::string& key) const;
  void insert(const std::string& key, std::span<const char> object) const;

 private:
  void make_room(std::uint64_t bytes) const;

  std::string folder_;
  std::uint64_t maximum_;
};

// Counted up whenever the code that is made for the same PTX changes.
inline constexpr std::uint64_t kCodeVersion = 12;

// 64 hexadecimal digits that stand for everything the code of an entry depends on.
std::string cache_key(const ptx::Module& module, const ptx::EntrySignature& entry, WarpRow warp_row,
                      const Target& target);

}  // namespace vgpu::jit
