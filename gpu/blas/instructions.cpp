#include "gpu/blas/instructions.h"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string_view>

#include "gpu/warp/cpu.h"

namespace vgpu::blas {
namespace {

std::atomic<Instructions> limit = Instructions::Amx;

// Tile registers are given to a process that asks. The kernel refuses, among other reasons, where a thread has a signal
// stack that is too small for them.
bool request_tiles() {
  constexpr long kRequestPermission = 0x1023;
  constexpr long kTileData = 18;
  return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

bool processor_has_amx() {
  constexpr unsigned kNeeded = 1U << 22 | 1U << 24 | 1U << 25;  // BF16, tiles, INT8
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & kNeeded) == kNeeded;
}

Instructions detect() {
  switch (warp::best_instruction_set()) {
    case warp::InstructionSet::Baseline:
      return Instructions::Baseline;
    case warp::InstructionSet::Avx2:
      return Instructions::Avx2;
    case warp::InstructionSet::Avx512:
      break;
  }
  const char* forced = std::getenv("VGPU_ISA");
  if (forced != nullptr && std::string_view(forced) == "avx512") return Instructions::Avx512;
  return processor_has_amx() && request_tiles() ? Instructions::Amx : Instructions::Avx512;
}

}  // namespace

Instructions instructions() {
  static const Instructions best = detect();
  return std::min(best, limit.load(std::memory_order_relaxed));
}

bool has_bfloat_products() {
  static const bool vectors = __builtin_cpu_supports("avx512bf16");
  return instructions() == Instructions::Amx || (instructions() == Instructions::Avx512 && vectors);
}

void limit_instructions(Instructions most) {
  limit = most;
}

}  // namespace vgpu::blas
