#include <llvm/IR/Intrinsics.h>

#include "gpu/jit/lowering.h"
#include "gpu/warp/double_tiles.h"
#include "gpu/warp/routines.h"

// mma and wmma of f64: products in registers, tiles through memory.
namespace vgpu::jit {
namespace {

constexpr unsigned kQuad = 4;  // lanes that hold one row of A, and one column of B

}  // namespace

// False for other types and shapes. Lane 4 i + t holds column t of row i of A and row t of column i of B; of C and D it
// holds columns 2 t and 2 t + 1 of row i. Further registers of A hold row i + 8 and, then, the next 4 of k.
bool Lowering::lower_double_products(const ptx::Instruction& i) {
  if (!warp::is_double_product(i)) return false;
  const unsigned halves = i.shape.m / 8u, steps = i.shape.k / kQuad;
  const auto sources = function_.sources(i);
  scalar_ = false;
  llvm::Type* lanes = lanes_of(builder_.getDoubleTy());
  const auto read = [&](unsigned source) { return builder_.CreateBitCast(read_lanes(sources[source], 64), lanes); };
  // All are read before any is written: D may have the registers of C in another order.
  std::vector<Value*> a, b, sums;
  for (unsigned n = 0; n < halves * steps; ++n) a.push_back(read(n));
  for (unsigned s = 0; s < steps; ++s) b.push_back(read(halves * steps + s));
  for (unsigned c = 0; c < 2 * halves; ++c) sums.push_back(read(halves * steps + steps + c));
  for (unsigned c = 0; c < 2 * halves; ++c) {
    for (unsigned k = 0; k < i.shape.k; ++k) {
      llvm::SmallVector<int, kWarpSize> of_row, of_column;
      for (unsigned l = 0; l < kWarpSize; ++l) {
        of_row.push_back(static_cast<int>(l / kQuad * kQuad + k % kQuad));
        of_column.push_back(static_cast<int>(kQuad * (2 * (l % kQuad) + c % 2) + k % kQuad));
      }
      Value* row = builder_.CreateShuffleVector(a[k / kQuad * halves + c / 2], of_row);
      Value* column = builder_.CreateShuffleVector(b[k / kQuad], of_column);
      sums[c] = fused(row, column, sums[c]);
    }
  }
  const auto destinations = function_.destinations(i);
  for (unsigned c = 0; c < 2 * halves; ++c) {
    write(destinations[c], builder_.CreateBitCast(sums[c], lanes_of(integer(64))));
  }
  return true;
}

// False for what is no load or store of a tile of f64. Address and stride are those of the first active lane.
bool Lowering::lower_double_tile(const ptx::Instruction& i) {
  if (!warp::is_double_tile(i)) return false;
  const auto sources = function_.sources(i);
  const auto destinations = function_.destinations(i);
  const bool loads = i.op == ptx::Opcode::WmmaLoad;
  const unsigned registers = warp::double_tile_registers(i.role);
  const std::size_t stride_operand = loads ? 1 : 1 + registers;
  scalar_ = false;
  llvm::Type* lanes = lanes_of(integer(64));
  Value* first = intrinsic(llvm::Intrinsic::cttz, {integer(32)}, {lane_bits(mask_), builder_.getFalse()});
  Value* address = builder_.CreateExtractElement(host_addresses(sources[0], i.space), first);
  Value* stride = builder_.getInt32(warp::natural_tile_stride(i));
  if (sources.size() > stride_operand) {
    stride = builder_.CreateExtractElement(read_lanes(sources[stride_operand], 32), first);
  }
  Value* tile = slot(llvm::ArrayType::get(lanes, registers));
  const auto place = [&](unsigned number) {
    return offset_pointer(tile, static_cast<std::int64_t>(number * kWarpSize * sizeof(double)));
  };
  for (unsigned r = 0; !loads && r < registers; ++r) {
    builder_.CreateAlignedStore(read_lanes(sources[1 + r], 64), place(r), llvm::Align(64));
  }
  call(loads ? "vgpu_wmma_load_f64" : "vgpu_wmma_store_f64", builder_.getVoidTy(),
       {builder_.getInt32(static_cast<std::uint32_t>(i.role)),
        builder_.getInt32(i.layout_a == ptx::MatrixLayout::Col ? 1 : 0), tile, address, stride});
  for (unsigned r = 0; loads && r < registers; ++r) {
    write(destinations[r], builder_.CreateAlignedLoad(lanes, place(r), llvm::Align(64)));
  }
  return true;
}

}  // namespace vgpu::jit
