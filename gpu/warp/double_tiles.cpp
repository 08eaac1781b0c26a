#include "gpu/warp/double_tiles.h"

#include <cstring>

namespace vgpu::warp {
namespace {

using ptx::MatrixRole;
using ptx::Opcode;

// Calls visit(place of the element among the registers, its byte offset in memory) for each element.
template <class Visit>
void for_each_element(MatrixRole role, bool columns, std::uint32_t stride, Visit visit) {
  constexpr unsigned kSide = 8, kDepth = 4;
  const unsigned rows = role == MatrixRole::B ? kDepth : kSide;
  const unsigned width = role == MatrixRole::A ? kDepth : kSide;
  for (unsigned row = 0; row < rows; ++row)
    for (unsigned column = 0; column < width; ++column) {
      unsigned place = row * kDepth + column;
      if (role == MatrixRole::B) place = column * kDepth + row;
      if (role == MatrixRole::C || role == MatrixRole::D) place = column % 2 * 32 + row * kDepth + column / 2;
      const std::uint64_t index = columns ? std::uint64_t{stride} * column + row : std::uint64_t{stride} * row + column;
      visit(place, index * sizeof(double));
    }
}

}  // namespace

bool is_double_tile(const ptx::Instruction& instruction) {
  const bool loads = instruction.op == Opcode::WmmaLoad;
  if ((!loads && instruction.op != Opcode::WmmaStore) || instruction.types[0] != ptx::Type::F64) return false;
  if (instruction.shape != ptx::MatrixShape{8, 8, 4} || (!loads && instruction.role != MatrixRole::D)) return false;
  const unsigned registers = double_tile_registers(instruction.role);
  const unsigned others = loads ? instruction.source_count : instruction.source_count - registers;
  return (others == 1 || others == 2) && instruction.destination_count == (loads ? registers : 0);
}

unsigned double_tile_registers(MatrixRole role) {
  return role == MatrixRole::A || role == MatrixRole::B ? 1 : 2;
}

}  // namespace vgpu::warp

void vgpu_wmma_load_f64(std::uint32_t role, std::uint32_t columns, std::uint64_t* d, std::uint64_t address,
                        std::uint32_t stride) {
  vgpu::warp::for_each_element(static_cast<vgpu::ptx::MatrixRole>(role), columns != 0, stride,
                               [&](unsigned place, std::uint64_t offset) {
                                 std::memcpy(d + place, reinterpret_cast<const void*>(address + offset), sizeof *d);
                               });
}

void vgpu_wmma_store_f64(std::uint32_t role, std::uint32_t columns, const std::uint64_t* source, std::uint64_t address,
                         std::uint32_t stride) {
  vgpu::warp::for_each_element(static_cast<vgpu::ptx::MatrixRole>(role), columns != 0, stride,
                               [&](unsigned place, std::uint64_t offset) {
                                 std::memcpy(reinterpret_cast<void*>(address + offset), source + place, sizeof *source);
                               });
}
