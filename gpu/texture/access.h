#pragma once

#include <cstdint>
#include <optional>

#include "gpu/ptx/ir.h"

// How a warp's code hands a texture or surface instruction to WarpServices::texture: one number that says what to do,
// and the operands in places that do not depend on the instruction. Compiled code is kept in files, so the numbers are
// part of its version.
namespace vgpu::texture {

enum class Operation : std::uint8_t {
  Sample,           // tex
  Gather,           // tld4
  Query,            // txq, suq
  Load,             // suld.b
  Store,            // sust.b
  StoreFormatted,   // sust.p
  Reduce,           // sured.b
  ReduceFormatted,  // sured.p
  IsType,           // istypep
};

struct Access {
  Operation operation = Operation::Sample;
  ptx::Geometry geometry = ptx::Geometry::None;
  ptx::Boundary boundary = ptx::Boundary::Trap;
  ptx::Type type = ptx::Type::B32;       // of an element of the result, or of what is stored
  std::uint8_t vector = 1;               // elements a lane
  std::uint8_t integer_coordinates = 0;  // of Sample: texels by number, as surfaces always have them
  std::uint8_t detail = 0;               // component of Gather, ImageQuery, AtomicOperation or OpaqueType
  std::uint8_t reserved = 0;
  friend bool operator==(const Access&, const Access&) = default;
};
static_assert(sizeof(Access) == sizeof(std::uint64_t));

// Places of the operands among the sources: each is 32 lanes of 64 bits. What an operand leaves of its lanes is not
// looked at.
inline constexpr unsigned kHandle = 0;
inline constexpr unsigned kCoordinates = 1;  // 4: the layer of an array first
inline constexpr unsigned kData = 5;         // 4: what is stored
inline constexpr unsigned kSources = 9;
inline constexpr unsigned kResults = 4;

// True for tex, tld4, txq, suld, sust, sured, suq and istypep, of every form.
bool is_texture_operation(ptx::Opcode op);

// The access that an instruction is, nullopt for other instructions and for those that are not supported: cube maps
// and multisampled textures.
std::optional<Access> access_of(const ptx::Instruction& instruction);

// The place of an instruction's source operand; nullopt for levels and gradients, which choose between the levels of a
// mipmap: there is only one.
std::optional<unsigned> place_of_source(const ptx::Instruction& instruction, unsigned source);

}  // namespace vgpu::texture
