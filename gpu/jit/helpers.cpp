#include "gpu/jit/helpers.h"

#include <time.h>
#include <xmmintrin.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <unordered_map>

#include "gpu/warp/bulk_copy.h"
#include "gpu/warp/context.h"
#include "gpu/warp/double_tiles.h"
#include "gpu/warp/float_formats.h"
#include "gpu/warp/mbarrier.h"
#include "gpu/warp/routines.h"
#include "gpu/warp/video.h"

// Lane functions for what is too rare to be written out in LLVM IR. Arguments are arrays of 32 lanes.
namespace vgpu::jit {
namespace {

using ptx::Rounding;

template <Rounding Mode>
constexpr unsigned mxcsr_rounding() {
  return Mode == Rounding::Rm ? 0x2000u : Mode == Rounding::Rp ? 0x4000u : Mode == Rounding::Rz ? 0x6000u : 0u;
}

// Runs `operation` on each lane with MXCSR's rounding changed. The compiler does not model MXCSR: volatile keeps the
// arithmetic between the switches.
template <Rounding Mode, class T, class Operation>
void rounded(T* d, Operation&& operation) {
  constexpr unsigned kRoundingBits = 0x6000;
  const unsigned saved = _mm_getcsr();
  _mm_setcsr((saved & ~kRoundingBits) | mxcsr_rounding<Mode>());
  for (unsigned l = 0; l < kWarpSize; ++l) {
    volatile T result = operation(l);
    d[l] = result;
  }
  _mm_setcsr(saved);
}

template <Rounding Mode, class T>
struct Arithmetic {
  static T opaque(T x) {
    volatile T copy = x;
    return copy;
  }
  static void add(T* d, const T* a, const T* b) {
    rounded<Mode>(d, [&](unsigned l) { return opaque(a[l]) + opaque(b[l]); });
  }
  static void sub(T* d, const T* a, const T* b) {
    rounded<Mode>(d, [&](unsigned l) { return opaque(a[l]) - opaque(b[l]); });
  }
  static void mul(T* d, const T* a, const T* b) {
    rounded<Mode>(d, [&](unsigned l) { return opaque(a[l]) * opaque(b[l]); });
  }
  static void div(T* d, const T* a, const T* b) {
    rounded<Mode>(d, [&](unsigned l) { return opaque(a[l]) / opaque(b[l]); });
  }
  static void rcp(T* d, const T* a) {
    rounded<Mode>(d, [&](unsigned l) { return opaque(T{1}) / opaque(a[l]); });
  }
  static void sqrt(T* d, const T* a) {
    rounded<Mode>(d, [&](unsigned l) { return std::sqrt(opaque(a[l])); });
  }
  static void fma(T* d, const T* a, const T* b, const T* c) {
    rounded<Mode>(d, [&](unsigned l) { return std::fma(opaque(a[l]), opaque(b[l]), opaque(c[l])); });
  }
};

template <class Format, class From, Rounding Mode>
void encode_lanes(std::uint32_t* d, const From* a) {
  for (unsigned l = 0; l < kWarpSize; ++l) {
    d[l] = static_cast<std::uint32_t>(warp::encode<Format>(static_cast<double>(a[l]), Mode));
  }
}

template <Rounding Mode>
void tensor_float_lanes(std::uint32_t* d, const float* a) {
  for (unsigned l = 0; l < kWarpSize; ++l) {
    const auto bits = warp::encode<warp::TensorFloat>(static_cast<double>(a[l]), Mode);
    d[l] = static_cast<std::uint32_t>(bits << 13);
  }
}

template <Rounding Mode, class To, class From>
void from_integer(To* d, const From* a) {
  rounded<Mode>(d, [&](unsigned l) {
    volatile From value = a[l];
    return static_cast<To>(value);
  });
}

// Two 8-bit floats to two halves.
template <float (*Decode)(std::uint32_t)>
void byte_pair_to_halves(std::uint32_t* d, const std::uint32_t* a) {
  for (unsigned l = 0; l < kWarpSize; ++l) {
    const std::uint32_t low = warp::float_to_half(Decode(a[l] & 0xffu));
    d[l] = low | warp::float_to_half(Decode(a[l] >> 8 & 0xffu)) << 16;
  }
}

// The first source goes to the high byte.
template <std::uint32_t (*Encode)(float)>
void floats_to_byte_pair(std::uint32_t* d, const float* high, const float* low) {
  for (unsigned l = 0; l < kWarpSize; ++l) d[l] = Encode(high[l]) << 8 | Encode(low[l]);
}

void half_to_float_lanes(float* d, const std::uint32_t* a) {
  for (unsigned l = 0; l < kWarpSize; ++l) d[l] = warp::half_to_float(a[l]);
}

void permute(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* from) {
  for (unsigned l = 0; l < kWarpSize; ++l) d[l] = a[from[l] & 31];
}

// fns.b32: position of the offset-th set bit of the mask, counted from `base` upwards or downwards.
void find_nth_set(std::uint32_t* d, const std::uint32_t* mask, const std::uint32_t* base, const std::uint32_t* offset) {
  for (unsigned l = 0; l < kWarpSize; ++l) {
    const auto wanted = static_cast<std::int32_t>(offset[l]);
    d[l] = ~0u;
    if (wanted == 0) {
      if (base[l] < 32 && (mask[l] >> base[l] & 1) != 0) d[l] = base[l];
      continue;
    }
    const int step = wanted > 0 ? 1 : -1;
    int left = wanted > 0 ? wanted : -wanted;
    for (int position = static_cast<int>(base[l]); position >= 0 && position < 32; position += step) {
      if ((mask[l] >> position & 1) != 0 && --left == 0) {
        d[l] = static_cast<std::uint32_t>(position);
        break;
      }
    }
  }
}

std::uint64_t nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

// Atomic addition to halves, one or two in a word.
template <class Word, class Format>
std::uint32_t atomic_add_halves(Word* address, std::uint32_t operand) {
  Word old = __atomic_load_n(address, __ATOMIC_RELAXED);
  for (;;) {
    std::uint32_t sum = 0;
    for (unsigned shift = 0; shift < 8 * sizeof(Word); shift += 16) {
      const double a = warp::decode<Format>(old >> shift & 0xffffu);
      const double b = warp::decode<Format>(operand >> shift & 0xffffu);
      sum |= static_cast<std::uint32_t>(warp::encode<Format>(a + b, Rounding::Rn)) << shift;
    }
    if (__atomic_compare_exchange_n(address, &old, static_cast<Word>(sum), false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
      return old;
    }
  }
}

template <class F>
const void* address_of(F* function) {
  return reinterpret_cast<const void*>(function);
}

template <Rounding Mode>
void add_rounding(std::unordered_map<std::string, const void*>& table, const std::string& suffix) {
  const auto add = [&](const std::string& name, const void* address) {
    table.emplace("vgpu_engine_" + name + suffix, address);
  };
  using F = Arithmetic<Mode, float>;
  using D = Arithmetic<Mode, double>;
  add("add_f32", address_of(&F::add));
  add("sub_f32", address_of(&F::sub));
  add("mul_f32", address_of(&F::mul));
  add("div_f32", address_of(&F::div));
  add("rcp_f32", address_of(&F::rcp));
  add("sqrt_f32", address_of(&F::sqrt));
  add("fma_f32", address_of(&F::fma));
  add("add_f64", address_of(&D::add));
  add("sub_f64", address_of(&D::sub));
  add("mul_f64", address_of(&D::mul));
  add("div_f64", address_of(&D::div));
  add("rcp_f64", address_of(&D::rcp));
  add("sqrt_f64", address_of(&D::sqrt));
  add("fma_f64", address_of(&D::fma));
  add("cvt_f16_f32", address_of(&encode_lanes<warp::Half, float, Mode>));
  add("cvt_f16_f64", address_of(&encode_lanes<warp::Half, double, Mode>));
  add("cvt_bf16_f32", address_of(&encode_lanes<warp::BrainFloat, float, Mode>));
  add("cvt_bf16_f64", address_of(&encode_lanes<warp::BrainFloat, double, Mode>));
  add("cvt_f32_f64", address_of(&encode_lanes<warp::Single, double, Mode>));
  add("cvt_tf32_f32", address_of(&tensor_float_lanes<Mode>));
  add("cvt_f32_s64", address_of(&from_integer<Mode, float, std::int64_t>));
  add("cvt_f32_u64", address_of(&from_integer<Mode, float, std::uint64_t>));
  add("cvt_f64_s64", address_of(&from_integer<Mode, double, std::int64_t>));
  add("cvt_f64_u64", address_of(&from_integer<Mode, double, std::uint64_t>));
}

std::unordered_map<std::string, const void*> make_table() {
  std::unordered_map<std::string, const void*> table;
  add_rounding<Rounding::Rn>(table, "_rn");
  add_rounding<Rounding::Rz>(table, "_rz");
  add_rounding<Rounding::Rm>(table, "_rm");
  add_rounding<Rounding::Rp>(table, "_rp");
  table.emplace("vgpu_engine_cvt_tf32_f32_rna", address_of(&tensor_float_lanes<Rounding::Rna>));
  table.emplace("vgpu_engine_cvt_f32_f16", address_of(&half_to_float_lanes));
  table.emplace("vgpu_engine_cvt_f16x2_e4m3x2", address_of(&byte_pair_to_halves<warp::e4m3_to_float>));
  table.emplace("vgpu_engine_cvt_f16x2_e5m2x2", address_of(&byte_pair_to_halves<warp::e5m2_to_float>));
  table.emplace("vgpu_engine_cvt_e4m3x2_f32", address_of(&floats_to_byte_pair<warp::float_to_e4m3>));
  table.emplace("vgpu_engine_cvt_e5m2x2_f32", address_of(&floats_to_byte_pair<warp::float_to_e5m2>));
  table.emplace("vgpu_engine_permute", address_of(&permute));
  table.emplace("vgpu_engine_fns", address_of(&find_nth_set));
  table.emplace("vgpu_engine_nanoseconds", address_of(&nanoseconds));
  table.emplace("vgpu_engine_atomic_add_f16", address_of(&atomic_add_halves<std::uint16_t, warp::Half>));
  table.emplace("vgpu_engine_atomic_add_bf16", address_of(&atomic_add_halves<std::uint16_t, warp::BrainFloat>));
  table.emplace("vgpu_engine_atomic_add_f16x2", address_of(&atomic_add_halves<std::uint32_t, warp::Half>));
  table.emplace("vgpu_engine_atomic_add_bf16x2", address_of(&atomic_add_halves<std::uint32_t, warp::BrainFloat>));
#define VGPU_LANE_FUNCTION(name) table.emplace(#name, address_of(&name))
  VGPU_LANE_FUNCTION(vgpu_match_any_b32);
  VGPU_LANE_FUNCTION(vgpu_match_any_b64);
  VGPU_LANE_FUNCTION(vgpu_match_all_b32);
  VGPU_LANE_FUNCTION(vgpu_match_all_b64);
  VGPU_LANE_FUNCTION(vgpu_match_any_groups_b32);
  VGPU_LANE_FUNCTION(vgpu_match_any_groups_b64);
  VGPU_LANE_FUNCTION(vgpu_match_all_groups_b32);
  VGPU_LANE_FUNCTION(vgpu_match_all_groups_b64);
  VGPU_LANE_FUNCTION(vgpu_redux_groups);
  VGPU_LANE_FUNCTION(vgpu_redux_add);
  VGPU_LANE_FUNCTION(vgpu_redux_and);
  VGPU_LANE_FUNCTION(vgpu_redux_or);
  VGPU_LANE_FUNCTION(vgpu_redux_xor);
  VGPU_LANE_FUNCTION(vgpu_redux_min_u32);
  VGPU_LANE_FUNCTION(vgpu_redux_max_u32);
  VGPU_LANE_FUNCTION(vgpu_redux_min_s32);
  VGPU_LANE_FUNCTION(vgpu_redux_max_s32);
  VGPU_LANE_FUNCTION(vgpu_bulk_copy);
  VGPU_LANE_FUNCTION(vgpu_video);
  VGPU_LANE_FUNCTION(vgpu_wmma_load_f64);
  VGPU_LANE_FUNCTION(vgpu_wmma_store_f64);
#undef VGPU_LANE_FUNCTION
  // What LLVM's code generator may call by itself.
  table.emplace("memcpy", address_of(static_cast<void* (*)(void*, const void*, std::size_t)>(&std::memcpy)));
  table.emplace("memmove", address_of(static_cast<void* (*)(void*, const void*, std::size_t)>(&std::memmove)));
  table.emplace("memset", address_of(static_cast<void* (*)(void*, int, std::size_t)>(&std::memset)));
  table.emplace("fmaf", address_of(static_cast<float (*)(float, float, float)>(&std::fma)));
  table.emplace("fma", address_of(static_cast<double (*)(double, double, double)>(&std::fma)));
  return table;
}

}  // namespace

const void* find_helper(std::string_view name) {
  static const std::unordered_map<std::string, const void*> table = make_table();
  const auto found = table.find(std::string(name));
  if (found != table.end()) return found->second;
  if (const warp::MbarrierRoutine* routine = warp::find_mbarrier_routine(name); routine != nullptr) {
    return address_of(routine->function);
  }
  const warp::Routine* routine = warp::find_routine(name);
  return routine == nullptr ? nullptr : routine->address;
}

}  // namespace vgpu::jit
