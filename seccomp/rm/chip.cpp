#include "seccomp/rm/chip.h"

#include <algorithm>
#include <string_view>

namespace vgpu::rm {
namespace {

constexpr auto kChips = std::to_array<Chip>({
#define CHIP(name, architecture, implementation, clusters, pair, channel, compute, copy, graphics, user_mode) \
  {#name, architecture, implementation, clusters, pair, channel, compute, copy, graphics, user_mode},
#include "seccomp/rm/chips.def"
#undef CHIP
});

struct Card {
  std::string_view profile, chip;
};
constexpr auto kCards = std::to_array<Card>({
    {"p100", "GP100"},
    {"p40", "GP102"},
    {"p4", "GP104"},
    {"v100", "GV100"},
    {"t4", "TU104"},
    {"a100", "GA100"},
    {"a30", "GA100"},
    {"a10", "GA102"},
    {"a40", "GA102"},
    {"a2", "GA107"},
    {"h100", "GH100"},
    {"l4", "AD104"},
    {"l40s", "AD102"},
});

// What all chips have that channels and NVML's questions need: sub-context, address space, fault buffer, memory of
// several kinds, channel group, debugger (cl9067.h, cl90f1.h, clc369.h, cl003e.h …).
constexpr auto kCommonClasses =
    std::to_array<std::uint32_t>({0x003e, 0x0040, 0x0060, 0x0070, 0x0071, 0x0079, 0x007d, 0x00de, 0x503b, 0x503c,
                                  0x5080, 0x50a0, 0x83de, 0x844c, 0x902d, 0x9067, 0x9074, 0x9096, 0x90e6, 0x90e7,
                                  0x90f1, 0xa06c, 0xa081, 0xa084, 0xa140, 0xc076, 0xc365, 0xc369, 0xcb33});

// A chip also has the user-mode classes of those before it (g_gpu_class_list.c of the open kernel modules),
constexpr auto kUserModeClasses = std::to_array<std::uint32_t>({0xc361, 0xc461, 0xc561, 0xc661});
// and the later Pascals the first one's copy class: the one that libcuda 535 and 550 make on all of them.
constexpr std::uint32_t kFirstPascalCopy = 0xc0b5, kLaterPascalCopy = 0xc1b5;

// By compute capability, for a profile that has no card here.
std::string_view chip_for_capability(unsigned capability) {
  if (capability >= 90) return "GH100";
  if (capability >= 89) return "AD102";
  if (capability >= 86) return "GA102";
  if (capability >= 80) return "GA100";
  if (capability >= 75) return "TU104";
  if (capability >= 70) return "GV100";
  return capability == 60 ? "GP100" : "GP104";
}

}  // namespace

std::vector<std::uint32_t> Chip::classes() const {
  std::vector<std::uint32_t> list(kCommonClasses.begin(), kCommonClasses.end());
  list.insert(list.end(), {channel_class, compute_class, copy_class, graphics_class});
  for (const std::uint32_t number : kUserModeClasses) {
    if (number <= user_mode_class) list.push_back(number);
  }
  if (copy_class == kLaterPascalCopy) list.push_back(kFirstPascalCopy);
  return list;
}

bool Chip::has_class(std::uint32_t number) const {
  const auto list = classes();
  return std::ranges::find(list, number) != list.end();
}

unsigned Chip::texture_clusters(const model::Profile& profile) const {
  return (profile.multiprocessors + multiprocessors_in_a_pair - 1) / multiprocessors_in_a_pair;
}

unsigned Chip::texture_clusters_in(const model::Profile& profile, unsigned graphics_cluster) const {
  if (graphics_cluster >= graphics_clusters) return 0;
  const unsigned all = texture_clusters(profile);
  return all / graphics_clusters + (graphics_cluster < all % graphics_clusters ? 1 : 0);
}

const Chip& chip_of(const model::Profile& profile) {
  const auto card = std::ranges::find(kCards, std::string_view(profile.id), &Card::profile);
  const std::string_view name =
      card != kCards.end() ? card->chip : chip_for_capability(profile.compute_major * 10 + profile.compute_minor);
  return *std::ranges::find_if(kChips, [&](const Chip& chip) { return chip.name == name; });
}

}  // namespace vgpu::rm
