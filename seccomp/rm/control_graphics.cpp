#include <algorithm>

#include "seccomp/rm/chip.h"
#include "seccomp/rm/control_handlers.h"
#include "seccomp/rm/identity.h"
#include "seccomp/rm/info_list.h"

// Controls of the engine that computes ("GR") and of the copy engines.
namespace vgpu::rm {
namespace {

using abi::Status;

constexpr unsigned kWarp = 32;
constexpr unsigned kCopyEngines = 5;
// NV2080_CTRL_CE_CAPS_…, as a copy engine of a data-centre card has them: graphics' first, then shared, system memory,
// non-pipelined … observed to satisfy libcuda 535.
constexpr std::uint8_t kCopyCapabilities = 0xec, kCopyGraphics = 0x01, kCopyCapabilities2 = 0x03;

// NV0080_CTRL_GR_INFO_INDEX_… of ctrl0080gr.h. What is not here is 0.
std::uint32_t graphics_info(const ControlCall& call, std::uint32_t index) {
  const model::Profile& profile = call.device().profile;
  const Chip& chip = chip_of(profile);
  switch (index) {
    case 0x06:  // VPE_COUNT
    case 0x07:  // SHADER_PIPE_COUNT
    case 0x14:  // LITTER_NUM_GPCS
    case 0x1a:
      return chip.graphics_clusters;
    case 0x08:  // THREAD_STACK_SCALING_FACTOR
      return 4;
    case 0x09:  // SHADER_PIPE_SUB_COUNT
      return chip.texture_clusters(profile);
    case 0x0a:  // SM_REG_BANK_COUNT
      return 4;
    case 0x0b:  // SM_REG_BANK_REG_COUNT
      return profile.registers_per_multiprocessor / 4;
    case 0x0c:  // SM_VERSION
      return sm_version(profile);
    case 0x0d:  // MAX_WARPS_PER_SM
      return profile.threads_per_multiprocessor / kWarp;
    case 0x0e:  // MAX_THREADS_PER_WARP
    case 0x11:  // FB_MEMORY_REQUEST_GRANULARITY
    case 0x12:  // HOST_MEMORY_REQUEST_GRANULARITY
      return kWarp;
    case 0x13:  // MAX_SP_PER_SM
      return profile.cuda_cores / std::max(profile.multiprocessors, 1u);
    case 0x15:  // LITTER_NUM_FBPS
      return profile.memory_bus_bits / 64;
    case 0x17:  // LITTER_NUM_TPC_PER_GPC
      return chip.texture_clusters_in(profile, 0);
    case 0x1d:  // GPU_CORE_COUNT
      return profile.cuda_cores;
    case 0x1e:  // LITTER_NUM_TPCS_PER_PES
      return 2;
    case 0x20:  // LITTER_NUM_SM_PER_TPC
      return chip.multiprocessors_in_a_pair;
    case 0x24:  // LITTER_NUM_GRS
      return 1;
    case 0x25:  // LITTER_NUM_LTCS
      return profile.memory_bus_bits / 32;
    case 0x2a:  // FAMILY_MAX_TPC_PER_GPC
      return 9;
    case 0x2c:  // MAX_SUBCONTEXT_COUNT
      return 64;
    default:
      return 0;
  }
}

}  // namespace

Status graphics_info(ControlCall& call) {
  return answer_list_pointer(call, [&](std::uint32_t index) { return graphics_info(call, index); });
}

Status graphics_cluster_mask(ControlCall& call) {
  // After 16 bytes of route.
  call.word(16) = (1u << chip_of(call.device().profile).graphics_clusters) - 1;
  return Status::Ok;
}

Status graphics_texture_mask(ControlCall& call) {
  const model::Profile& profile = call.device().profile;
  call.word(20) = (1u << chip_of(profile).texture_clusters_in(profile, call.word(16))) - 1;
  return Status::Ok;
}

Status graphics_multiprocessors(ControlCall& call) {
  // Places of multiprocessors, their number, the texture clusters' number, and 16 bytes of route.
  const model::Profile& profile = call.device().profile;
  const Chip& chip = chip_of(profile);
  constexpr std::size_t kAfter = 24;
  if (call.parameters.size() < kAfter) return Status::InvalidParamStruct;
  const std::size_t room = (call.parameters.size() - kAfter) / sizeof(abi::MultiprocessorPlace);
  if (profile.multiprocessors > room) return Status::InvalidState;
  auto* places = &call.as<abi::MultiprocessorPlace>();
  for (unsigned index = 0; index < profile.multiprocessors; ++index) {
    const auto texture = static_cast<std::uint16_t>(index / chip.multiprocessors_in_a_pair);
    const auto cluster = static_cast<std::uint16_t>(texture % chip.graphics_clusters);
    const auto local = static_cast<std::uint16_t>(texture / chip.graphics_clusters);
    places[index] = {cluster, local,   static_cast<std::uint16_t>(index % chip.multiprocessors_in_a_pair),
                     texture, cluster, local};
  }
  auto* counts = reinterpret_cast<std::uint16_t*>(places + room);
  counts[0] = static_cast<std::uint16_t>(profile.multiprocessors);
  counts[1] = static_cast<std::uint16_t>(chip.texture_clusters(profile));
  return Status::Ok;
}

Status copy_engine_capabilities(ControlCall& call) {
  // Two bytes for each engine that there may be, then the mask of those that are there: of 32, in 550 of 64.
  std::ranges::fill(call.parameters, std::byte{});
  for (unsigned engine = 0; engine < kCopyEngines; ++engine) {
    const bool of_graphics = engine >= 3;
    call.parameters[2 * engine] =
        std::byte{static_cast<std::uint8_t>(kCopyCapabilities | (of_graphics ? kCopyGraphics : 0))};
    call.parameters[2 * engine + 1] = std::byte{kCopyCapabilities2};
  }
  const std::size_t mask = call.branch == Branch::R535 ? 64 : 128;
  call.word(mask) = (1u << kCopyEngines) - 1;
  return Status::Ok;
}

}  // namespace vgpu::rm
