#include "gpu/jit/target.h"

#include <cpuid.h>

#include <cstdlib>
#include <string_view>

namespace vgpu::jit {
namespace {

// State components that the operating system saves (XCR0).
std::uint64_t saved_state() {
  std::uint32_t a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_OSXSAVE) == 0) return 0;
  std::uint32_t low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (std::uint64_t{high} << 32) | low;
}

InstructionSet detect(Target& target) {
  std::uint32_t a = 0, b = 0, c1 = 0, d = 0, b7 = 0, c7 = 0;
  if (__get_cpuid(1, &a, &b, &c1, &d) == 0) return InstructionSet::V2;
  if (__get_cpuid_count(7, 0, &a, &b7, &c7, &d) == 0) return InstructionSet::V2;
  constexpr std::uint64_t kYmmState = 0x6, kZmmState = 0xe6;
  const std::uint64_t state = saved_state();
  const std::uint32_t avx2_leaf1 = bit_AVX | bit_FMA | bit_F16C | bit_MOVBE;
  if ((state & kYmmState) != kYmmState || (c1 & avx2_leaf1) != avx2_leaf1 || (b7 & bit_AVX2) == 0 ||
      (b7 & bit_BMI2) == 0) {
    return InstructionSet::V2;
  }
  const std::uint32_t avx512 = bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL;
  if ((state & kZmmState) != kZmmState || (b7 & avx512) != avx512) return InstructionSet::Avx2;
  target.vnni = (c7 & bit_AVX512VNNI) != 0;
  target.vbmi = (c7 & bit_AVX512VBMI) != 0;
  target.gfni = (c7 & bit_GFNI) != 0;
  return InstructionSet::Avx512;
}

Target make_target() {
  Target target;
  target.set = detect(target);
  const char* forced = std::getenv("VGPU_ISA");
  const std::string_view name = forced != nullptr ? forced : "";
  if (name == "v2") target.set = InstructionSet::V2;
  if (name == "avx2" && target.set > InstructionSet::Avx2) target.set = InstructionSet::Avx2;
  switch (target.set) {
    case InstructionSet::V2:
      target.cpu = "x86-64-v2";
      break;
    case InstructionSet::Avx2:
      target.cpu = "x86-64-v3";
      break;
    case InstructionSet::Avx512:
      target.cpu = "x86-64-v4";
      target.features = "-prefer-256-bit";
      if (target.vnni) target.features += ",+avx512vnni";
      if (target.vbmi) target.features += ",+avx512vbmi";
      if (target.gfni) target.features += ",+gfni";
      break;
  }
  if (target.set != InstructionSet::Avx512) target.vnni = target.vbmi = target.gfni = false;
  return target;
}

}  // namespace

const Target& host_target() {
  static const Target target = make_target();
  return target;
}

}  // namespace vgpu::jit
