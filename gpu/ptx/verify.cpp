#include "gpu/ptx/verify.h"

#include <algorithm>

#include "gpu/ptx/print.h"

namespace vgpu::ptx {

unsigned coordinate_count(const Instruction& instruction) {
  switch (instruction.geometry) {
    case Geometry::None:
      return 0;
    case Geometry::D1:
      return 1;
    case Geometry::D2:
    case Geometry::A1d:
      return 2;
    default:
      return 3;
  }
}

namespace {

bool has_coordinates(const Instruction& instruction, unsigned data) {
  const unsigned count = coordinate_count(instruction);
  const unsigned padded = count == 3 ? 4 : count;
  const unsigned written = instruction.source_count - 1u - data;
  return instruction.source_count > data && (written == count || written == padded);
}

bool has_right_vector(const Instruction& instruction) {
  const unsigned width = instruction.vector;
  switch (instruction.op) {
    case Opcode::Ld:
    case Opcode::Ldu:
    case Opcode::Ldmatrix:
      return instruction.destination_count == width && instruction.source_count == 1;
    case Opcode::St:
    case Opcode::Stmatrix:
    case Opcode::Red:
      return instruction.source_count == 1 + width;
    case Opcode::Tex:
    case Opcode::TexBase:
    case Opcode::TexLevel:
    case Opcode::TexGrad:
    case Opcode::Tld4:
      return instruction.destination_count == width && instruction.source_count > coordinate_count(instruction);
    case Opcode::SuldB:
      return instruction.destination_count == width && has_coordinates(instruction, 0);
    case Opcode::SustB:
    case Opcode::SustP:
      return has_coordinates(instruction, width);
    case Opcode::SuredB:
    case Opcode::SuredP:
      return has_coordinates(instruction, 1);
    case Opcode::Atom:
      return instruction.destination_count == width &&
             (instruction.source_count == 1 + width || instruction.atomic == AtomicOperation::Cas);
    default:
      return true;
  }
}

bool is_image_access(Opcode op) {
  switch (op) {
    case Opcode::Tex:
    case Opcode::TexBase:
    case Opcode::TexLevel:
    case Opcode::TexGrad:
    case Opcode::Tld4:
    case Opcode::Txq:
    case Opcode::TxqLevel:
    case Opcode::SuldB:
    case Opcode::SustB:
    case Opcode::SustP:
    case Opcode::SuredB:
    case Opcode::SuredP:
    case Opcode::Suq:
      return true;
    default:
      return false;
  }
}

bool is_destination(const Operand& operand) {
  return operand.kind == Operand::Kind::Register || operand.kind == Operand::Kind::Discard;
}

}  // namespace

Expected<void> verify(const Function& function, const Instruction& instruction) {
  if (!std::ranges::all_of(function.destinations(instruction), is_destination)) {
    return failure("destination of \"" + full_opcode(instruction) + "\" is no register");
  }
  if (instruction.geometry >= Geometry::Cube) {
    return failure("\"" + full_opcode(instruction) + "\": cube maps and multisampled images are not supported");
  }
  if (is_image_access(instruction.op)) {
    const Operand& handle = function.sources(instruction)[0];
    if (handle.kind == Operand::Kind::Variable && function.variables[handle.index].space != Space::Global) {
      return failure("\"" + full_opcode(instruction) + "\" of a parameter that is a texture itself");
    }
  }
  if (!has_right_vector(instruction)) {
    return failure("operands of \"" + full_opcode(instruction) + "\" do not match its vector");
  }
  return {};
}

}  // namespace vgpu::ptx
