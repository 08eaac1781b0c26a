#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "tests/ptx/opcode_cases.h"

// How the tables of cases are written.
namespace vgpu::test {

using Cases = std::vector<OpcodeCase>;
using Kinds = std::vector<Kind>;

void add_integer_cases(Cases& cases);
void add_bits_cases(Cases& cases);
void add_float_cases(Cases& cases);
void add_half_cases(Cases& cases);
void add_convert_cases(Cases& cases);
void add_compare_cases(Cases& cases);
void add_memory_cases(Cases& cases);
void add_atomic_cases(Cases& cases);
void add_warp_cases(Cases& cases);
void add_matrix_cases(Cases& cases);
void add_double_tile_cases(Cases& cases);
void add_narrow_product_cases(Cases& cases);
void add_mbarrier_cases(Cases& cases);
void add_video_cases(Cases& cases);
void add_texture_cases(Cases& cases);
void add_surface_cases(Cases& cases);

template <class T>
T as(std::uint64_t bits) {
  if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  } else if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<double>(bits);
  } else if constexpr (std::is_same_v<T, _Float16>) {
    return std::bit_cast<_Float16>(static_cast<std::uint16_t>(bits));
  } else {
    return static_cast<T>(bits);
  }
}
template <class T>
std::uint64_t to_bits(T value) {
  if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<std::uint32_t>(value);
  } else if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<std::uint64_t>(value);
  } else if constexpr (std::is_same_v<T, _Float16>) {
    return std::bit_cast<std::uint16_t>(value);
  } else {
    return static_cast<std::uint64_t>(value);
  }
}

template <class T>
constexpr Kind kind_of() {
  if (std::is_same_v<T, float>) return Kind::F32;
  if (std::is_same_v<T, double>) return Kind::F64;
  if (std::is_same_v<T, _Float16>) return Kind::F16;
  if (std::is_same_v<T, bool>) return Kind::Pred;
  if (sizeof(T) == 8) return Kind::I64;
  return sizeof(T) == 4 ? Kind::I32 : Kind::I16;
}

// "OPCODE %o0, %i0, %i1;"
inline std::string instruction(const std::string& opcode, std::size_t sources) {
  std::string text = opcode + " %o0";
  for (std::size_t i = 0; i < sources; ++i) text += ", %i" + std::to_string(i);
  return text + ";";
}

inline float flush(float x) {
  return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0f, x) : x;
}

// A case whose lanes are independent: f(a, b, …) with arguments of types S.
template <class D, class... S, class F, std::size_t... Index>
void add_lane_case(Cases& cases, const std::string& opcode, F f, std::index_sequence<Index...>, Kinds kinds) {
  cases.push_back({opcode,
                   instruction(opcode, sizeof...(S)),
                   std::move(kinds),
                   {kind_of<D>()},
                   [f](const std::vector<Lanes>& in, std::vector<Lanes>& out) {
                     for (std::size_t lane = 0; lane < 32; ++lane)
                       out[0][lane] = to_bits<D>(static_cast<D>(f(as<S>(in[Index][lane])...)));
                   }});
}
template <class D, class... S, class F>
void lane_case(Cases& cases, const std::string& opcode, F f) {
  add_lane_case<D, S...>(cases, opcode, f, std::index_sequence_for<S...>{}, {kind_of<S>()...});
}
// The same with input kinds of its own (shift amounts).
template <class D, class... S, class F>
void lane_case(Cases& cases, const std::string& opcode, const Kinds& kinds, F f) {
  add_lane_case<D, S...>(cases, opcode, f, std::index_sequence_for<S...>{}, kinds);
}

// A case with a body of its own, over whole warps.
inline void warp_case(Cases& cases, const std::string& name, const std::string& body, const Kinds& inputs,
                      const Kinds& outputs, Reference reference) {
  cases.push_back({name, body, inputs, outputs, std::move(reference)});
}

}  // namespace vgpu::test
