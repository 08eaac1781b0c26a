#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "gpu/ptx/types.h"

namespace vgpu::ptx {

// A literal of PTX text.
struct Number {
  enum class Kind : std::uint8_t {
    Integer,  // 12, 0x1F, 017, 0b11, 12U
    Single,   // 0f3F800000: the bits of an f32
    Double,   // 0d3FF0000000000000, 1.5, 1e-3: the bits of an f64
  };
  Kind kind = Kind::Integer;
  std::uint64_t bits = 0;

  [[nodiscard]] Number negated() const;
};

// nullopt for text that is no PTX literal or does not fit 64 bits.
std::optional<Number> parse_number(std::string_view text);

// The bits of the literal as a value of `type`: an f64 literal of an f32 operation becomes an f32. Integers stay as
// they are. nullopt for a floating-point literal of a type that has none in PTX (f16, …).
std::optional<std::int64_t> literal_bits(const Number& number, Type type);

}  // namespace vgpu::ptx
