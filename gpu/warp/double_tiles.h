#pragma once

#include <cstdint>

#include "gpu/ptx/ir.h"

// wmma.load and wmma.store of f64, m8n8k4. The fragments are those of mma: lane 4 i + t holds column t of row i of A
// and row t of column i of B; of C and D it holds columns 2 t and 2 t + 1 of row i.
namespace vgpu::warp {

// True for the load or store of such a tile with the right number of registers.
bool is_double_tile(const ptx::Instruction& instruction);
// 64-bit registers of the tile.
unsigned double_tile_registers(ptx::MatrixRole role);

}  // namespace vgpu::warp

extern "C" {
// `role`: a ptx::MatrixRole; `columns`: whether the tile lies in memory column by column; `stride`: elements from one
// row or column to the next. Register r of lane l is at [32 r + l].
void vgpu_wmma_load_f64(std::uint32_t role, std::uint32_t columns, std::uint64_t* d, std::uint64_t address,
                        std::uint32_t stride);
void vgpu_wmma_store_f64(std::uint32_t role, std::uint32_t columns, const std::uint64_t* source, std::uint64_t address,
                         std::uint32_t stride);
}
