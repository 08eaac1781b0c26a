#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "gpu/interp/machine.h"
#include "gpu/warp/double_tiles.h"
#include "gpu/warp/routines.h"

// mma, wmma, ldmatrix, stmatrix, movmatrix: operands are gathered into lane arrays for the routines of gpu/warp.
namespace vgpu::interp {
namespace {

using ptx::Instruction;
using ptx::Opcode;
using ptx::Space;
using Word = std::uint32_t;

constexpr unsigned kMostRegisters = 8;
using Fragment = Word[kMostRegisters * kWarpSize];

void gather(const Machine& machine, const Step& step, unsigned first, unsigned count, Word* fragment) {
  for (unsigned i = 0; i < count; ++i)
    std::memcpy(fragment + i * kWarpSize, machine.narrow(step.source(first + i)), sizeof(Word) * kWarpSize);
}

void scatter(const Machine& machine, const Step& step, unsigned count, const Word* fragment) {
  for (unsigned i = 0; i < count; ++i) {
    Word* d = machine.narrow(step.destination(i));
    for_each_active(machine.active, [&](unsigned lane) { d[lane] = fragment[i * kWarpSize + lane]; });
  }
}

void multiply(Machine& machine, const Step& step) {
  const auto& routine = *static_cast<const warp::Routine*>(step.routine);
  Fragment a, b, c, d;
  gather(machine, step, 0, routine.a, a);
  gather(machine, step, routine.a, routine.b, b);
  gather(machine, step, routine.a + routine.b, routine.c, c);
  const bool saturates = step.instruction->satfinite;
  Fragment zero = {};
  reinterpret_cast<warp::MultiplyFunction>(routine.address)(d, a, b, saturates ? zero : c);
  for (std::size_t i = 0; saturates && i < std::size_t{routine.d} * kWarpSize; ++i) {
    const std::int64_t sum = std::int64_t{static_cast<std::int32_t>(d[i])} + static_cast<std::int32_t>(c[i]);
    d[i] = static_cast<Word>(std::clamp<std::int64_t>(sum, INT32_MIN, INT32_MAX));
  }
  scatter(machine, step, routine.d, d);
}

// mma and wmma.mma of f64, where an element is a register: lane 4 i + t holds column t of row i of A and row t of
// column i of B, and columns 2 t and 2 t + 1 of row i of C and D; further registers of A hold row i + 8 and, then, the
// next 4 of k.
void multiply_doubles(Machine& machine, const Step& step) {
  const ptx::MatrixShape shape = step.instruction->shape;
  const unsigned halves = shape.m / 8u;
  const unsigned steps = shape.k / 4u;
  const auto value = [&](unsigned source, unsigned lane) {
    return std::bit_cast<double>(machine.wide(step.source(source))[lane]);
  };
  double sums[4][kWarpSize];
  for (unsigned c = 0; c < 2 * halves; ++c) {
    for (unsigned lane = 0; lane < kWarpSize; ++lane) {
      double sum = value(halves * steps + steps + c, lane);
      for (unsigned k = 0; k < shape.k; ++k) {
        const unsigned column = lane % 4 * 2 + c % 2;
        sum = std::fma(value(k / 4 * halves + c / 2, lane / 4 * 4 + k % 4),
                       value(halves * steps + k / 4, column * 4 + k % 4), sum);
      }
      sums[c][lane] = sum;
    }
  }
  for (unsigned c = 0; c < 2 * halves; ++c) {
    for_each_active(machine.active, [&](unsigned lane) {
      machine.wide(step.destination(c))[lane] = std::bit_cast<std::uint64_t>(sums[c][lane]);
    });
  }
}

void load_rows(Machine& machine, const Step& step) {
  const auto& routine = *static_cast<const warp::Routine*>(step.routine);
  std::uint64_t addresses[kWarpSize];
  for (unsigned lane = 0; lane < kWarpSize; ++lane)
    addresses[lane] = reinterpret_cast<std::uint64_t>(lane_address(machine, step.space, step.source(0), lane));
  Fragment d;
  reinterpret_cast<warp::LoadRowsFunction>(routine.address)(d, addresses);
  scatter(machine, step, routine.d, d);
}

void store_rows(Machine& machine, const Step& step) {
  const auto& routine = *static_cast<const warp::Routine*>(step.routine);
  std::uint64_t addresses[kWarpSize];
  for (unsigned lane = 0; lane < kWarpSize; ++lane)
    addresses[lane] = reinterpret_cast<std::uint64_t>(lane_address(machine, step.space, step.source(0), lane));
  Fragment source;
  gather(machine, step, 1, routine.a, source);
  reinterpret_cast<warp::StoreRowsFunction>(routine.address)(addresses, source);
}

void transpose(Machine& machine, const Step& step) {
  const auto& routine = *static_cast<const warp::Routine*>(step.routine);
  Fragment d;
  reinterpret_cast<warp::UnaryFunction>(routine.address)(d, machine.narrow(step.source(0)));
  scatter(machine, step, routine.d, d);
}

// The address and stride that all lanes share are those of the first active lane.
struct Tile {
  std::uint64_t address;
  Word stride;
};
Tile tile(const Machine& machine, const Step& step, unsigned stride_operand) {
  const auto lane = static_cast<unsigned>(std::countr_zero(machine.active));
  const bool given = step.instruction->source_count > stride_operand;
  return {reinterpret_cast<std::uint64_t>(lane_address(machine, step.space, step.source(0), lane)),
          given ? machine.narrow(step.source(stride_operand))[lane] : warp::natural_tile_stride(*step.instruction)};
}

void load_tile(Machine& machine, const Step& step) {
  const auto& routine = *static_cast<const warp::Routine*>(step.routine);
  const auto [address, stride] = tile(machine, step, 1);
  Fragment d;
  reinterpret_cast<warp::LoadTileFunction>(routine.address)(d, address, stride);
  scatter(machine, step, routine.d, d);
}

void store_tile(Machine& machine, const Step& step) {
  const auto& routine = *static_cast<const warp::Routine*>(step.routine);
  const auto [address, stride] = tile(machine, step, 1u + routine.a);
  Fragment source;
  gather(machine, step, 1, routine.a, source);
  reinterpret_cast<warp::StoreTileFunction>(routine.address)(address, stride, source);
}

void move_double_tile(Machine& machine, const Step& step) {
  const Instruction& instruction = *step.instruction;
  const unsigned registers = warp::double_tile_registers(instruction.role);
  const auto role = static_cast<Word>(instruction.role);
  const Word columns = instruction.layout_a == ptx::MatrixLayout::Col ? 1 : 0;
  std::uint64_t values[2 * kWarpSize]{};
  if (instruction.op == Opcode::WmmaLoad) {
    const auto [address, stride] = tile(machine, step, 1);
    vgpu_wmma_load_f64(role, columns, values, address, stride);
    for (unsigned i = 0; i < registers; ++i) {
      for_each_active(machine.active,
                      [&](unsigned lane) { machine.wide(step.destination(i))[lane] = values[i * kWarpSize + lane]; });
    }
    return;
  }
  const auto [address, stride] = tile(machine, step, 1 + registers);
  for (unsigned i = 0; i < registers; ++i)
    std::memcpy(values + i * kWarpSize, machine.wide(step.source(1 + i)), sizeof(std::uint64_t) * kWarpSize);
  vgpu_wmma_store_f64(role, columns, values, address, stride);
}

bool counts_agree(const warp::Routine& routine, const Instruction& instruction) {
  if (instruction.destination_count != routine.d) return false;
  switch (routine.kind) {
    case warp::RoutineKind::Multiply:
      return instruction.source_count == routine.a + routine.b + routine.c;
    case warp::RoutineKind::StoreRows:
      return instruction.source_count == routine.a + 1;
    case warp::RoutineKind::StoreTile:
      return instruction.source_count == routine.a + 1 || instruction.source_count == routine.a + 2;
    default:
      return true;
  }
}

}  // namespace

Handler matrix_handler(const Instruction& instruction) {
  const Opcode op = instruction.op;
  if (warp::is_double_product(instruction)) return &multiply_doubles;
  if (warp::is_double_tile(instruction)) return &move_double_tile;
  const bool matrix = op == Opcode::Mma || op == Opcode::WmmaMma || op == Opcode::WmmaLoad || op == Opcode::WmmaStore ||
                      op == Opcode::Ldmatrix || op == Opcode::Stmatrix || op == Opcode::Movmatrix;
  const warp::Routine* routine = matrix ? warp::find_routine(instruction) : nullptr;
  if (routine == nullptr || !counts_agree(*routine, instruction)) return nullptr;
  switch (routine->kind) {
    case warp::RoutineKind::Multiply:
      return &multiply;
    case warp::RoutineKind::LoadRows:
      return &load_rows;
    case warp::RoutineKind::StoreRows:
      return &store_rows;
    case warp::RoutineKind::Unary:
      return &transpose;
    case warp::RoutineKind::LoadTile:
      return &load_tile;
    default:
      return &store_tile;
  }
}

}  // namespace vgpu::interp
