#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Versions of NVIDIA's driver, which user-space and kernel must agree on, and the branches whose structures differ.
namespace vgpu::rm {

// The branch of NVIDIA's driver whose structures a process' libraries were built for.
enum class Branch : std::uint8_t { R535, R550 };
inline constexpr unsigned kBranches = 2;

// "535.309.01" in one number, and back; 0 for a text that is no version.
std::uint64_t pack_version(std::string_view text);
std::string version_text(std::uint64_t version);

// The branch whose structures a version has. Versions between and after the known branches count as the next older one.
Branch branch_of(std::uint64_t version);

}  // namespace vgpu::rm
