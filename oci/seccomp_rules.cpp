#include "oci/seccomp_rules.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

namespace vgpu::oci {

namespace {

// The bit by which to cut `from` in two so that few parts come of it: most of the cubes look at it, and among such bits
// the one on whose value most of them agree, because then one half is free of these.
std::uint64_t dividing_bit(const Cube& from, const std::vector<Cube>& cubes) {
  std::uint64_t best = 0;
  std::pair<std::ptrdiff_t, std::ptrdiff_t> most{0, 0};
  for (int number = 63; number >= 0; --number) {
    const std::uint64_t bit = std::uint64_t{1} << number;
    if ((from.mask & bit) != 0) continue;
    const auto looking = std::ranges::count_if(cubes, [&](const Cube& cube) { return (cube.mask & bit) != 0; });
    const auto ones = std::ranges::count_if(cubes, [&](const Cube& cube) { return (cube.value & bit) != 0; });
    const std::pair<std::ptrdiff_t, std::ptrdiff_t> found{looking, std::max(ones, looking - ones)};
    if (found <= most) continue;
    most = found;
    best = bit;
  }
  return best;
}

}  // namespace

std::vector<Cube> intersection(const Cube& first, const Cube& second) {
  const std::uint64_t common = first.mask & second.mask;
  if ((first.value & common) != (second.value & common)) return {};
  return {{first.mask | second.mask, first.value | second.value}};
}

std::vector<Cube> difference(const Cube& from, const std::vector<Cube>& without) {
  std::vector<Cube> touching;
  for (const Cube& cube : without) {
    if (!intersection(from, cube).empty()) touching.push_back(cube);
  }
  if (touching.empty()) return {from};
  // All of it is in one that has no condition beyond this one's.
  if (std::ranges::any_of(touching, [&](const Cube& cube) { return (cube.mask & ~from.mask) == 0; })) return {};
  const std::uint64_t best = dividing_bit(from, touching);
  std::vector<Cube> parts;
  for (const std::uint64_t value : {std::uint64_t{0}, best}) {
    const auto part = difference({from.mask | best, from.value | value}, touching);
    parts.insert(parts.end(), part.begin(), part.end());
  }
  return parts;
}

const std::vector<Cube>& nvidia_requests() {
  static const std::vector<Cube> requests = {
      {0xff00, 0x4600},  // type 'F'
      {0xf000, 0},       // UVM's, such as 33 and 0x30000001
  };
  return requests;
}

const std::vector<Cube>& node_open_flags() {
  static const std::vector<Cube> flags = {
      {O_ACCMODE | O_CREAT | O_DIRECTORY, O_RDWR},
  };
  return flags;
}

}  // namespace vgpu::oci
