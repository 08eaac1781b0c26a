#include "gpu/ptx/special_registers.h"

#include <iterator>
#include <unordered_map>

namespace vgpu::ptx {
namespace {

// In the order of SpecialRegister.
constexpr std::string_view kNames[] = {
    "%tid.x",          "%tid.y",       "%tid.z",       "%ntid.x",         "%ntid.y",
    "%ntid.z",         "%ctaid.x",     "%ctaid.y",     "%ctaid.z",        "%nctaid.x",
    "%nctaid.y",       "%nctaid.z",    "%laneid",      "%warpid",         "%nwarpid",
    "WARP_SZ",         "%smid",        "%nsmid",       "%gridid",         "%lanemask_eq",
    "%lanemask_lt",    "%lanemask_le", "%lanemask_gt", "%lanemask_ge",    "%clock",
    "%clock_hi",       "%clock64",     "%globaltimer", "%globaltimer_lo", "%globaltimer_hi",
    "%envreg0",        "%envreg1",     "%envreg2",     "%envreg3",        "%dynamic_smem_size",
    "%total_smem_size"};
static_assert(std::size(kNames) == static_cast<std::size_t>(SpecialRegister::TotalSharedSize) + 1);

std::unordered_map<std::string_view, SpecialRegister> make_index() {
  std::unordered_map<std::string_view, SpecialRegister> index;
  for (std::size_t i = 0; i < std::size(kNames); ++i) index.emplace(kNames[i], static_cast<SpecialRegister>(i));
  return index;
}

}  // namespace

std::string_view special_register_name(SpecialRegister special) {
  return kNames[static_cast<std::size_t>(special)];
}

std::optional<SpecialRegister> find_special_register(std::string_view name) {
  static const std::unordered_map<std::string_view, SpecialRegister> index = make_index();
  const auto found = index.find(name);
  return found == index.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace vgpu::ptx
