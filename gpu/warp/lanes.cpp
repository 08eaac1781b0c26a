#include <algorithm>
#include <bit>
#include <cstdint>

#include "gpu/warp/routines.h"

namespace {

template <class Visit>
void for_each_lane(std::uint32_t active, Visit visit) {
  for (; active != 0; active &= active - 1) visit(std::countr_zero(active));
}

enum class Mode { Up, Down, Butterfly, Index };

// PTX ISA, shfl: bits 0-4 of c clamp the source lane, bits 8-12 split the warp into segments.
template <Mode Kind>
std::uint32_t shuffle(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* b, const std::uint32_t* c,
                      std::uint32_t active) {
  std::uint32_t in_range = 0;
  std::uint32_t source[32];
  std::copy(a, a + 32, source);
  for_each_lane(active, [&](int lane_number) {
    const int lane = lane_number;
    const int operand = static_cast<int>(b[lane] & 31);
    const int segment = static_cast<int>(c[lane] >> 8 & 31);
    const int clamp = static_cast<int>(c[lane] & 31);
    const int last = (lane & segment) | (clamp & ~segment);
    const int first = lane & segment;
    int from = 0;
    bool valid = false;
    if constexpr (Kind == Mode::Up) {
      from = lane - operand;
      valid = from >= last;
    } else if constexpr (Kind == Mode::Down) {
      from = lane + operand;
      valid = from <= last;
    } else if constexpr (Kind == Mode::Butterfly) {
      from = lane ^ operand;
      valid = from <= last;
    } else {
      from = first | (operand & ~segment);
      valid = from <= last;
    }
    d[lane] = source[valid ? from & 31 : lane];
    in_range |= static_cast<std::uint32_t>(valid) << lane;
  });
  return in_range;
}

template <class Value>
std::uint32_t same_lanes(const Value* a, std::uint32_t active, Value value) {
  std::uint32_t mask = 0;
  for_each_lane(active, [&](int lane) { mask |= static_cast<std::uint32_t>(a[lane] == value) << lane; });
  return mask;
}

template <class Value>
std::uint32_t all_same(const Value* a, std::uint32_t active) {
  if (active == 0) return 0;
  return same_lanes(a, active, a[std::countr_zero(active)]) == active ? active : 0;
}

template <class Value, class Operation>
std::uint32_t reduce(const std::uint32_t* a, std::uint32_t active, Operation operation) {
  if (active == 0) return 0;
  Value result = static_cast<Value>(a[std::countr_zero(active)]);
  for_each_lane(active & (active - 1), [&](int lane) { result = operation(result, static_cast<Value>(a[lane])); });
  return static_cast<std::uint32_t>(result);
}

// Calls `visit` with the active lanes of each set of lanes that active lanes name.
template <class Visit>
void for_each_group(const std::uint32_t* members, std::uint32_t active, Visit visit) {
  for (std::uint32_t left = active; left != 0;) {
    const std::uint32_t set = members[std::countr_zero(left)];
    std::uint32_t group = 0;
    for_each_lane(left, [&](int lane) { group |= static_cast<std::uint32_t>(members[lane] == set) << lane; });
    left &= ~group;
    visit(group, set & active);
  }
}

template <class Value>
void match_any_groups(std::uint32_t* d, const Value* a, const std::uint32_t* members, std::uint32_t active) {
  for_each_group(members, active, [&](std::uint32_t group, std::uint32_t seen) {
    for_each_lane(group, [&](int lane) { d[lane] = same_lanes(a, seen, a[lane]); });
  });
}

template <class Value>
void match_all_groups(std::uint32_t* d, const Value* a, const std::uint32_t* members, std::uint32_t active) {
  for_each_group(members, active, [&](std::uint32_t group, std::uint32_t seen) {
    const std::uint32_t same = all_same(a, seen);
    for_each_lane(group, [&](int lane) { d[lane] = same; });
  });
}

}  // namespace

extern "C" {

void vgpu_match_any_groups_b32(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* members,
                               std::uint32_t active) {
  match_any_groups(d, a, members, active);
}
void vgpu_match_any_groups_b64(std::uint32_t* d, const std::uint64_t* a, const std::uint32_t* members,
                               std::uint32_t active) {
  match_any_groups(d, a, members, active);
}
void vgpu_match_all_groups_b32(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* members,
                               std::uint32_t active) {
  match_all_groups(d, a, members, active);
}
void vgpu_match_all_groups_b64(std::uint32_t* d, const std::uint64_t* a, const std::uint32_t* members,
                               std::uint32_t active) {
  match_all_groups(d, a, members, active);
}
void vgpu_redux_groups(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* members, std::uint32_t active,
                       std::uint32_t (*reduce)(const std::uint32_t*, std::uint32_t)) {
  for_each_group(members, active, [&](std::uint32_t group, std::uint32_t seen) {
    const std::uint32_t result = reduce(a, seen);
    for_each_lane(group, [&](int lane) { d[lane] = result; });
  });
}

std::uint32_t vgpu_shfl_up(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* b, const std::uint32_t* c,
                           std::uint32_t active) {
  return shuffle<Mode::Up>(d, a, b, c, active);
}
std::uint32_t vgpu_shfl_down(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* b, const std::uint32_t* c,
                             std::uint32_t active) {
  return shuffle<Mode::Down>(d, a, b, c, active);
}
std::uint32_t vgpu_shfl_bfly(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* b, const std::uint32_t* c,
                             std::uint32_t active) {
  return shuffle<Mode::Butterfly>(d, a, b, c, active);
}
std::uint32_t vgpu_shfl_idx(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* b, const std::uint32_t* c,
                            std::uint32_t active) {
  return shuffle<Mode::Index>(d, a, b, c, active);
}

void vgpu_match_any_b32(std::uint32_t* d, const std::uint32_t* a, std::uint32_t active) {
  for_each_lane(active, [&](int lane) { d[lane] = same_lanes(a, active, a[lane]); });
}
void vgpu_match_any_b64(std::uint32_t* d, const std::uint64_t* a, std::uint32_t active) {
  for_each_lane(active, [&](int lane) { d[lane] = same_lanes(a, active, a[lane]); });
}
std::uint32_t vgpu_match_all_b32(const std::uint32_t* a, std::uint32_t active) {
  return all_same(a, active);
}
std::uint32_t vgpu_match_all_b64(const std::uint64_t* a, std::uint32_t active) {
  return all_same(a, active);
}

std::uint32_t vgpu_redux_add(const std::uint32_t* a, std::uint32_t active) {
  return reduce<std::uint32_t>(a, active, [](std::uint32_t x, std::uint32_t y) { return x + y; });
}
std::uint32_t vgpu_redux_and(const std::uint32_t* a, std::uint32_t active) {
  return reduce<std::uint32_t>(a, active, [](std::uint32_t x, std::uint32_t y) { return x & y; });
}
std::uint32_t vgpu_redux_or(const std::uint32_t* a, std::uint32_t active) {
  return reduce<std::uint32_t>(a, active, [](std::uint32_t x, std::uint32_t y) { return x | y; });
}
std::uint32_t vgpu_redux_xor(const std::uint32_t* a, std::uint32_t active) {
  return reduce<std::uint32_t>(a, active, [](std::uint32_t x, std::uint32_t y) { return x ^ y; });
}
std::uint32_t vgpu_redux_min_u32(const std::uint32_t* a, std::uint32_t active) {
  return reduce<std::uint32_t>(a, active, [](std::uint32_t x, std::uint32_t y) { return std::min(x, y); });
}
std::uint32_t vgpu_redux_max_u32(const std::uint32_t* a, std::uint32_t active) {
  return reduce<std::uint32_t>(a, active, [](std::uint32_t x, std::uint32_t y) { return std::max(x, y); });
}
std::uint32_t vgpu_redux_min_s32(const std::uint32_t* a, std::uint32_t active) {
  return reduce<std::int32_t>(a, active, [](std::int32_t x, std::int32_t y) { return std::min(x, y); });
}
std::uint32_t vgpu_redux_max_s32(const std::uint32_t* a, std::uint32_t active) {
  return reduce<std::int32_t>(a, active, [](std::int32_t x, std::int32_t y) { return std::max(x, y); });
}
}
