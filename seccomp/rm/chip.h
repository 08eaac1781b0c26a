#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "gpu/model/profile.h"

// What the driver tells of the chip on a card, beside what a profile has.
namespace vgpu::rm {

struct Chip {
  const char* name;  // "TU104"
  std::uint32_t architecture, implementation;
  unsigned graphics_clusters;          // GPCs
  unsigned multiprocessors_in_a_pair;  // SMs of a texture cluster (TPC)
  std::uint32_t channel_class, compute_class, copy_class, graphics_class;
  std::uint32_t user_mode_class;  // the doorbell page; 0: none

  // The classes that the chip has.
  [[nodiscard]] std::vector<std::uint32_t> classes() const;
  [[nodiscard]] bool has_class(std::uint32_t number) const;
  // Texture clusters of a profile's multiprocessors, and those of them in one graphics cluster.
  [[nodiscard]] unsigned texture_clusters(const model::Profile& profile) const;
  [[nodiscard]] unsigned texture_clusters_in(const model::Profile& profile, unsigned graphics_cluster) const;
};

const Chip& chip_of(const model::Profile& profile);

}  // namespace vgpu::rm
