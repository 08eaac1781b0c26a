#pragma once

#include <llvm/ADT/SmallVector.h>

#include <cstdint>
#include <span>
#include <string>

#include "base/error.h"

namespace vgpu::jit {

// Far above what any kernel compiles to, and little enough to be read for nothing.
inline constexpr std::uint64_t kLargestObject = std::uint64_t{128} << 20;

// The bytes that an object takes as a file.
std::uint64_t object_file_size(std::span<const char> object);

// The object in an open file, read to memory. Fails, with the reason alone, for anything but a whole file that was
// written for this key.
Expected<llvm::SmallVector<char, 0>> read_object(int file, const std::string& key);

// Writes the file; false when it is not whole.
bool write_object(int file, const std::string& key, std::span<const char> object);

}  // namespace vgpu::jit
