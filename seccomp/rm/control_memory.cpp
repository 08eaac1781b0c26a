#include "seccomp/rm/abi/vgpu.h"
#include "seccomp/rm/control_handlers.h"
#include "seccomp/rm/identity.h"
#include "seccomp/rm/info_list.h"

// Controls of the memory of a GPU.
namespace vgpu::rm {
namespace {

using abi::Status;

// NV2080_CTRL_FB_INFO_INDEX_… of ctrl2080fb.h; sizes are in KiB.
enum FrameBufferInfo : std::uint32_t {
  kPartitionCount = 0x04,
  kWindowSize = 0x05,
  kRamSize = 0x07,
  kTotalRamSize = 0x08,
  kHeapSize = 0x09,
  kMappableHeapSize = 0x0a,
  kBusWidth = 0x0b,
  kRamType = 0x0d,
  kLargestFreeRegion = 0x12,
  kHeapFree = 0x16,
  kPartitionUnitCount = 0x19,
  kL2CacheSize = 0x1b,  // bytes
  kWindowFree = 0x1d,
  kUsableRamSize = 0x20,
  kL2UnitCount = 0x22,
  kL2SliceCount = 0x23,
};
constexpr std::uint32_t kRamTypeGddr6 = 0xd;
constexpr unsigned kFirstThatRemaps = 8;  // major compute capability
constexpr unsigned kPartitionBits = 64;   // of the memory bus that one partition serves

std::uint32_t memory_info(const ControlCall& call, std::uint32_t index) {
  const model::Profile& profile = call.device().profile;
  const auto kib = [](std::uint64_t bytes) { return static_cast<std::uint32_t>(bytes >> 10); };
  // Rounded as a whole, so that used and free always add up to the total.
  const std::uint32_t total = kib(profile.memory);
  const std::uint64_t used = call.driver.state().used(call.object.device);
  const std::uint32_t used_kib = kib(used + 1023);
  const std::uint32_t partitions = profile.memory_bus_bits / kPartitionBits;
  switch (index) {
    case kRamSize:
    case kTotalRamSize:
    case kHeapSize:
    case kUsableRamSize:
      return total;
    case kHeapFree:
    case kLargestFreeRegion:
      return total > used_kib ? total - used_kib : 0;
    case kWindowSize:
    case kWindowFree:
    case kMappableHeapSize:
      return kib(kMemoryWindowSize);
    case kBusWidth:
      return profile.memory_bus_bits;
    case kRamType:
      return kRamTypeGddr6;
    case kL2CacheSize:
      return static_cast<std::uint32_t>(profile.l2_cache);
    case kPartitionCount:
    case kPartitionUnitCount:
      return partitions;
    case kL2UnitCount:
      return 2 * partitions;
    case kL2SliceCount:
      return 8 * partitions;
    default:
      return 0;
  }
}

}  // namespace

Status memory_info(ControlCall& call) {
  return answer_list(call, [&](std::uint32_t index) { return memory_info(call, index); });
}

Status memory_info_pointer(ControlCall& call) {
  return answer_list_pointer(call, [&](std::uint32_t index) { return memory_info(call, index); });
}

// Cards before Ampere retire a page that fails, those since remap a row of it. Nothing of a vGPU ever failed.
Status memory_offlined_pages(ControlCall& call) {
  return call.device().profile.compute_major < kFirstThatRemaps ? zero(call) : Status::NotSupported;
}

Status memory_remapped_rows(ControlCall& call) {
  return call.device().profile.compute_major < kFirstThatRemaps ? Status::NotSupported : zero(call);
}

Status charge_activity(ControlCall& call) {
  auto& parameters = call.as<abi::ChargeParameters>();
  const std::uint64_t total = call.device().profile.memory;
  const std::uint64_t used = call.driver.state().used(call.object.device);
  std::uint64_t held = call.object.size;
  if (parameters.change > 0) {
    const auto more = static_cast<std::uint64_t>(parameters.change);
    if (used > total || more > total - used) return Status::NoMemory;
    held += more;
  } else if (parameters.change < 0) {
    const auto less = std::uint64_t{0} - static_cast<std::uint64_t>(parameters.change);
    if (less > held) return Status::InvalidArgument;
    held -= less;
  }
  if (held != call.object.size) {
    Record record;
    record.kind = RecordKind::ChargeObject;
    record.client = call.client.handle;
    record.object = call.object.handle;
    record.value = held;
    call.driver.change(record);
  }
  const std::uint64_t now_used = call.driver.state().used(call.object.device);
  parameters.held = held;
  parameters.total = total;
  parameters.free = total > now_used ? total - now_used : 0;
  return Status::Ok;
}

}  // namespace vgpu::rm
