#pragma once

#include <cstdint>
#include <string_view>

// The names of files in a cache's folder, and how it is kept under its maximum.
namespace vgpu::jit {

inline constexpr std::string_view kObjectSuffix = ".vgpu";
inline constexpr std::string_view kUnfinishedSuffix = ".new";

// Removes files of an open folder, those not used for longest first, until `bytes` more fit below `maximum`; also
// unfinished ones that nobody can be writing any more. Follows no link and touches nothing but regular files with these
// names. Others may add, remove and make room at the same time.
void make_room(int folder, std::uint64_t bytes, std::uint64_t maximum);

}  // namespace vgpu::jit
