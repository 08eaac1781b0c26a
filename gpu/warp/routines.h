#pragma once

#include <cstdint>
#include <string_view>

#include "gpu/ptx/ir.h"

// Whole-warp semantics of the opcodes that are too complicated to be written out by an engine. The interpreter calls
// these functions, and so does code made by the JIT: by name, through memory.
//
// A 32-bit register is an array of 32 uint32, lane after lane; consecutive registers of an operand follow each other
// (register r of lane l is at [r * 32 + l]). 16-bit values lie zero-extended in their uint32; packed ones fill it.
// Destinations may not overlap sources. All 32 lanes are computed; the caller merges under its mask.
// Floating point runs under the caller's MXCSR: call with round-to-nearest, and without FTZ and DAZ where f32
// subnormals in accumulators matter.
namespace vgpu::warp {

enum class RoutineKind : std::uint8_t {
  Multiply,   // MultiplyFunction: mma, wmma.mma
  LoadRows,   // LoadRowsFunction: ldmatrix
  StoreRows,  // StoreRowsFunction: stmatrix
  Unary,      // UnaryFunction: movmatrix, approximations
  LoadTile,   // LoadTileFunction: wmma.load
  StoreTile,  // StoreTileFunction: wmma.store
};

using MultiplyFunction = void (*)(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* b,
                                  const std::uint32_t* c);
// `addresses`: host address of each lane (for shared memory: WarpContext::shared added).
using LoadRowsFunction = void (*)(std::uint32_t* d, const std::uint64_t* addresses);
using StoreRowsFunction = void (*)(const std::uint64_t* addresses, const std::uint32_t* source);
using UnaryFunction = void (*)(std::uint32_t* d, const std::uint32_t* a);
// `address`: the host address that all lanes pass; `stride`: elements from one row (or column) to the next.
using LoadTileFunction = void (*)(std::uint32_t* d, std::uint64_t address, std::uint32_t stride);
using StoreTileFunction = void (*)(std::uint64_t address, std::uint32_t stride, const std::uint32_t* source);

struct Routine {
  const char* name;  // "vgpu_mma_m16n8k8_f32_f16_f16_f32": stable, to be bound by name
  void* address;
  RoutineKind kind;
  std::uint8_t d, a, b, c;  // 32-bit registers of each operand (0 for none)
};

// The routine that carries out `instruction`; nullptr where there is none. Sums of integers wrap around: for
// `.satfinite` it is called with c = 0, and c is added with saturation (the products alone do not overflow). wmma.load
// and wmma.store without a stride operand take the tile's natural one: `natural_tile_stride`.
const Routine* find_routine(const ptx::Instruction& instruction);

// True for mma and wmma.mma of f64 with the right number of operands, which has no routine: the engines do it in
// registers.
bool is_double_product(const ptx::Instruction& instruction);

// The routine of that name, nullptr when there is none.
const Routine* find_routine(std::string_view name);

// Elements between rows (layout row) or columns (col) of the tile that a wmma.load or wmma.store without stride moves.
std::uint32_t natural_tile_stride(const ptx::Instruction& instruction);

}  // namespace vgpu::warp

// Lane-to-lane opcodes. `active` are the lanes that take part; other lanes of the results are left alone.
extern "C" {
// shfl: d of each active lane and the bit of each active lane in the returned mask (the second destination).
// b: lane operand, c: clamp and segment mask, as PTX packs them.
std::uint32_t vgpu_shfl_up(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* b, const std::uint32_t* c,
                           std::uint32_t active);
std::uint32_t vgpu_shfl_down(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* b, const std::uint32_t* c,
                             std::uint32_t active);
std::uint32_t vgpu_shfl_bfly(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* b, const std::uint32_t* c,
                             std::uint32_t active);
std::uint32_t vgpu_shfl_idx(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* b, const std::uint32_t* c,
                            std::uint32_t active);
// match.any: the mask of active lanes that hold the same value.
void vgpu_match_any_b32(std::uint32_t* d, const std::uint32_t* a, std::uint32_t active);
void vgpu_match_any_b64(std::uint32_t* d, const std::uint64_t* a, std::uint32_t active);
// match.all: `active` when all active lanes hold one value, else 0.
std::uint32_t vgpu_match_all_b32(const std::uint32_t* a, std::uint32_t active);
std::uint32_t vgpu_match_all_b64(const std::uint64_t* a, std::uint32_t active);
// Their forms with a set of lanes of each lane's own: lanes with the same set are one group, of which a lane sees those
// that are active and in its set. `votes`: the lanes whose predicate holds; d: those of the lane's group.
void vgpu_vote_groups(std::uint32_t* d, std::uint32_t votes, const std::uint32_t* members, std::uint32_t active);
void vgpu_match_any_groups_b32(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* members,
                               std::uint32_t active);
void vgpu_match_any_groups_b64(std::uint32_t* d, const std::uint64_t* a, const std::uint32_t* members,
                               std::uint32_t active);
void vgpu_match_all_groups_b32(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* members,
                               std::uint32_t active);
void vgpu_match_all_groups_b64(std::uint32_t* d, const std::uint64_t* a, const std::uint32_t* members,
                               std::uint32_t active);
// `reduce`: one of the functions below.
void vgpu_redux_groups(std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* members, std::uint32_t active,
                       std::uint32_t (*reduce)(const std::uint32_t*, std::uint32_t));
// redux.sync over the active lanes.
std::uint32_t vgpu_redux_add(const std::uint32_t* a, std::uint32_t active);
std::uint32_t vgpu_redux_and(const std::uint32_t* a, std::uint32_t active);
std::uint32_t vgpu_redux_or(const std::uint32_t* a, std::uint32_t active);
std::uint32_t vgpu_redux_xor(const std::uint32_t* a, std::uint32_t active);
std::uint32_t vgpu_redux_min_u32(const std::uint32_t* a, std::uint32_t active);
std::uint32_t vgpu_redux_max_u32(const std::uint32_t* a, std::uint32_t active);
std::uint32_t vgpu_redux_min_s32(const std::uint32_t* a, std::uint32_t active);
std::uint32_t vgpu_redux_max_s32(const std::uint32_t* a, std::uint32_t active);
}
