#pragma once

#include <cstdint>
#include <string>

namespace vgpu::jit {

// What kind of x86-64 machine code is made.
enum class InstructionSet : std::uint8_t {
  V2,      // x86-64-v2: SSE4.2
  Avx2,    // x86-64-v3: AVX2, FMA, F16C, BMI
  Avx512,  // x86-64-v4: AVX-512 F, BW, CD, DQ, VL
};

struct Target {
  InstructionSet set = InstructionSet::V2;
  bool vnni = false;     // AVX512_VNNI
  bool vbmi = false;     // AVX512_VBMI
  bool gfni = false;     // GFNI, with 512-bit vectors
  std::string cpu;       // LLVM's name
  std::string features;  // LLVM's feature string

  [[nodiscard]] bool has_fma() const { return set >= InstructionSet::Avx2; }
  [[nodiscard]] bool has_gather() const { return set >= InstructionSet::Avx512; }
  [[nodiscard]] bool has_masked_bytes() const { return set >= InstructionSet::Avx512; }
};

// The target for this machine, from CPUID and XGETBV: LLVM 19's own detection misnames virtual machines and turns on
// features that contradict each other. VGPU_ISA=avx512|avx2|v2 lowers it.
const Target& host_target();

}  // namespace vgpu::jit
