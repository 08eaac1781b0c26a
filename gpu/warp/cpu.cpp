#include "gpu/warp/cpu.h"

#include <cstdlib>
#include <string_view>

namespace vgpu::warp {
namespace {

InstructionSet supported() {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return InstructionSet::Baseline;
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512vnni");
  return avx512 ? InstructionSet::Avx512 : InstructionSet::Avx2;
}

InstructionSet limit() {
  const char* value = std::getenv("VGPU_ISA");
  const std::string_view name = value == nullptr ? "" : value;
  if (name == "v2") return InstructionSet::Baseline;
  return name == "avx2" ? InstructionSet::Avx2 : InstructionSet::Avx512;
}

}  // namespace

InstructionSet best_instruction_set() {
  static const InstructionSet best = supported() < limit() ? supported() : limit();
  return best;
}

}  // namespace vgpu::warp
