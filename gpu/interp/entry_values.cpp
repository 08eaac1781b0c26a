#include "gpu/interp/entry_values.h"

namespace vgpu::interp {
namespace {

using ptx::Space;
using ptx::SpecialRegister;

std::uint64_t special_value(const WarpContext& context, SpecialRegister special, std::uint32_t lane) {
  const std::uint32_t thread = context.warp * kWarpSize + lane;
  const std::uint32_t* size = context.block_size;
  const std::uint64_t threads = std::uint64_t{size[0]} * size[1] * size[2];
  switch (special) {
    case SpecialRegister::TidX:
      return thread % size[0];
    case SpecialRegister::TidY:
      return thread / size[0] % size[1];
    case SpecialRegister::TidZ:
      return thread / (size[0] * size[1]);
    case SpecialRegister::NtidX:
      return size[0];
    case SpecialRegister::NtidY:
      return size[1];
    case SpecialRegister::NtidZ:
      return size[2];
    case SpecialRegister::CtaidX:
      return context.block_index[0];
    case SpecialRegister::CtaidY:
      return context.block_index[1];
    case SpecialRegister::CtaidZ:
      return context.block_index[2];
    case SpecialRegister::NctaidX:
      return context.grid_size[0];
    case SpecialRegister::NctaidY:
      return context.grid_size[1];
    case SpecialRegister::NctaidZ:
      return context.grid_size[2];
    case SpecialRegister::LaneId:
      return lane;
    case SpecialRegister::WarpId:
      return context.warp;
    case SpecialRegister::NwarpId:
      return (threads + kWarpSize - 1) / kWarpSize;
    case SpecialRegister::WarpSize:
      return kWarpSize;
    case SpecialRegister::NsmId:
      return 1;
    case SpecialRegister::GridId:
      return context.grid_id;
    case SpecialRegister::LanemaskEq:
      return std::uint64_t{1} << lane;
    case SpecialRegister::LanemaskLt:
      return (std::uint64_t{1} << lane) - 1;
    case SpecialRegister::LanemaskLe:
      return (std::uint64_t{2} << lane) - 1;
    case SpecialRegister::LanemaskGt:
      return 0xffffffffu & ~((std::uint64_t{2} << lane) - 1);
    case SpecialRegister::LanemaskGe:
      return 0xffffffffu & ~((std::uint64_t{1} << lane) - 1);
    case SpecialRegister::EnvReg0:
      return context.environment[0];
    case SpecialRegister::EnvReg1:
      return context.environment[1];
    case SpecialRegister::EnvReg2:
      return context.environment[2];
    case SpecialRegister::EnvReg3:
      return context.environment[3];
    case SpecialRegister::DynamicSharedSize:
      return context.dynamic_shared_size;
    case SpecialRegister::TotalSharedSize:
      return context.total_shared_size;
    default:
      return 0;
  }
}

std::uint64_t variable_address(const WarpContext& context, const EntryValue& value) {
  if (value.in_frame || value.space == Space::Shared) return value.offset;
  if (value.space == Space::Param) return reinterpret_cast<std::uint64_t>(context.params) + value.offset;
  return context.globals[value.offset];
}

}  // namespace

void set_entry_values(const InterpretedKernel& kernel, Machine& machine) {
  const WarpContext& context = *machine.context;
  for (const EntryValue& value : kernel.entry_values) {
    for (std::uint32_t lane = 0; lane < kWarpSize; ++lane) {
      const std::uint64_t bits = value.is_special
                                     ? special_value(context, value.special, lane)
                                     : variable_address(context, value) + static_cast<std::uint64_t>(value.addend);
      machine.narrow(value.ref)[lane] = static_cast<std::uint32_t>(bits);
      machine.wide(value.ref)[lane] = bits;
    }
  }
}

}  // namespace vgpu::interp
