#include "gpu/texture/access.h"

#include "gpu/ptx/verify.h"

namespace vgpu::texture {
namespace {

using ptx::Opcode;
using ptx::Type;

std::optional<Operation> operation_of(Opcode op) {
  switch (op) {
    case Opcode::Tex:
    case Opcode::TexBase:
    case Opcode::TexLevel:
    case Opcode::TexGrad:
      return Operation::Sample;
    case Opcode::Tld4:
      return Operation::Gather;
    case Opcode::Txq:
    case Opcode::TxqLevel:
    case Opcode::Suq:
      return Operation::Query;
    case Opcode::SuldB:
      return Operation::Load;
    case Opcode::SustB:
      return Operation::Store;
    case Opcode::SustP:
      return Operation::StoreFormatted;
    case Opcode::SuredB:
      return Operation::Reduce;
    case Opcode::SuredP:
      return Operation::ReduceFormatted;
    case Opcode::Istypep:
      return Operation::IsType;
    default:
      return std::nullopt;
  }
}

bool is_supported_result(Type type, unsigned vector) {
  switch (type) {
    case Type::U32:
    case Type::S32:
    case Type::F32:
    case Type::F16:
      return vector == 4;
    case Type::F16x2:
      return vector == 2;
    default:
      return false;
  }
}

bool is_supported_surface_type(const ptx::Instruction& instruction) {
  const unsigned bits = ptx::bit_width(instruction.types[0]);
  switch (instruction.op) {
    case Opcode::SuldB:
    case Opcode::SustB:
      return bits >= 8 && instruction.vector * bits <= 128;
    case Opcode::SustP:
    case Opcode::SuredP:
      return bits == 32;
    default:
      return (bits == 32 || bits == 64) && !ptx::is_float(instruction.types[0]);
  }
}

}  // namespace

bool is_texture_operation(Opcode op) {
  return operation_of(op).has_value();
}

std::optional<Access> access_of(const ptx::Instruction& instruction) {
  const auto operation = operation_of(instruction.op);
  if (!operation || instruction.geometry >= ptx::Geometry::Cube) return std::nullopt;
  Access access;
  access.operation = *operation;
  access.geometry = instruction.geometry;
  access.boundary = instruction.boundary;
  access.type = instruction.types[0];
  access.vector = instruction.vector;
  switch (*operation) {
    case Operation::Sample:
      access.integer_coordinates = instruction.types[1] == Type::S32 ? 1 : 0;
      if (instruction.types[1] != Type::S32 && instruction.types[1] != Type::F32) return std::nullopt;
      if (!is_supported_result(access.type, access.vector)) return std::nullopt;
      break;
    case Operation::Gather:
      access.detail = instruction.component;
      if (instruction.types[1] != Type::F32 || !is_supported_result(access.type, access.vector)) return std::nullopt;
      break;
    case Operation::Query:
      access.detail = static_cast<std::uint8_t>(instruction.query);
      break;
    case Operation::IsType:
      access.detail = static_cast<std::uint8_t>(instruction.opaque);
      break;
    default:
      access.detail = static_cast<std::uint8_t>(instruction.atomic);
      if (!is_supported_surface_type(instruction)) return std::nullopt;
      break;
  }
  return access;
}

std::optional<unsigned> place_of_source(const ptx::Instruction& instruction, unsigned source) {
  if (source == 0) return kHandle;
  const unsigned coordinates = ptx::coordinate_count(instruction);
  switch (instruction.op) {
    case Opcode::SustB:
    case Opcode::SustP:
    case Opcode::SuredB:
    case Opcode::SuredP: {
      const unsigned first = instruction.source_count - instruction.vector;
      if (source >= first) return kData + (source - first);
      break;
    }
    default:
      break;
  }
  return source <= coordinates ? std::optional(kCoordinates + source - 1) : std::nullopt;
}

}  // namespace vgpu::texture
