#pragma once

#include <immintrin.h>

#include "gpu/ptx/types.h"

namespace vgpu::interp {

// The processor's rounding mode while the object lives; subnormals are never flushed. The barriers keep loads and
// stores, and with them the operations between, inside.
class RoundingMode {
 public:
  explicit RoundingMode(ptx::Rounding rounding) : saved_(_mm_getcsr()) {
    unsigned mode = _MM_ROUND_NEAREST;
    if (rounding == ptx::Rounding::Rz) mode = _MM_ROUND_TOWARD_ZERO;
    if (rounding == ptx::Rounding::Rm) mode = _MM_ROUND_DOWN;
    if (rounding == ptx::Rounding::Rp) mode = _MM_ROUND_UP;
    load(kAllExceptionsMasked | mode);
  }
  ~RoundingMode() { load(saved_); }
  RoundingMode(const RoundingMode&) = delete;
  RoundingMode& operator=(const RoundingMode&) = delete;

 private:
  static constexpr unsigned kAllExceptionsMasked = 0x1f80;
  static void load(unsigned value) { asm volatile("ldmxcsr %0" : : "m"(value) : "memory"); }

  unsigned saved_;
};

}  // namespace vgpu::interp
