#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>

#include "gpu/jit/lowering.h"
#include "gpu/warp/routines.h"

// mma, wmma, ldmatrix, stmatrix, movmatrix: operands go through memory to the routines of gpu/warp.
namespace vgpu::jit {

bool Lowering::lower_matrix(const ptx::Instruction& i) {
  if (lower_byte_products(i) || lower_double_products(i) || lower_double_tile(i) || lower_rows(i)) return true;
  const warp::Routine* routine = warp::find_routine(i);
  if (routine == nullptr) return unsupported(i);
  const auto sources = function_.sources(i);
  const auto destinations = function_.destinations(i);
  scalar_ = false;
  llvm::Type* i32 = integer(32);
  llvm::Type* lanes = lanes_of(i32);
  constexpr unsigned kRegisterBytes = kWarpSize * sizeof(std::uint32_t);
  const auto memory = [&](std::size_t count) {
    return slot(llvm::ArrayType::get(lanes, std::max<std::size_t>(count, 1)));
  };
  const auto gathered = [&](std::size_t first, std::size_t count) {
    Value* area = memory(count);
    for (std::size_t k = 0; k < count; ++k) {
      builder_.CreateAlignedStore(read_lanes(sources[first + k], 32),
                                  offset_pointer(area, static_cast<std::int64_t>(k * kRegisterBytes)), llvm::Align(64));
    }
    return area;
  };
  const auto spread = [&](Value* area) {
    for (std::size_t d = 0; d < destinations.size(); ++d) {
      write(destinations[d],
            builder_.CreateAlignedLoad(lanes, offset_pointer(area, static_cast<std::int64_t>(d * kRegisterBytes)),
                                       llvm::Align(64)));
    }
  };
  const auto first_active = [&](Value* value) {
    Value* first = intrinsic(llvm::Intrinsic::cttz, {i32}, {lane_bits(mask_), builder_.getFalse()});
    return builder_.CreateExtractElement(value, first);
  };
  const auto host_address = [&](const ptx::Operand& operand) {
    return builder_.CreatePtrToInt(lane_pointers(address(operand, i.space), 0), lanes_of(integer(64)));
  };
  const auto stride = [&](std::size_t s) -> Value* {
    if (s < sources.size()) return first_active(read_lanes(sources[s], 32));
    return builder_.getInt32(warp::natural_tile_stride(i));
  };
  switch (routine->kind) {
    case warp::RoutineKind::Multiply: {
      if (sources.size() != std::size_t{routine->a} + routine->b + routine->c) return unsupported(i);
      Value* d = memory(routine->d);
      Value* a = gathered(0, routine->a);
      Value* b = gathered(routine->a, routine->b);
      const std::size_t first_c = std::size_t{routine->a} + routine->b;
      std::vector<Value*> added;  // with saturation
      for (std::size_t k = 0; i.satfinite && k < routine->c; ++k) added.push_back(read_lanes(sources[first_c + k], 32));
      Value* c = i.satfinite ? memory(routine->c) : gathered(first_c, routine->c);
      if (i.satfinite) {
        builder_.CreateMemSet(c, builder_.getInt8(0), std::uint64_t{routine->c} * kRegisterBytes, llvm::Align(64));
      }
      Value* saved = nullptr;
      if (flush_mode_ == FlushMode::Hardware) {
        // Accumulators keep subnormals, whatever the kernel's own f32 operations do.
        saved = slot(i32);
        Value* plain = slot(i32);
        intrinsic(llvm::Intrinsic::x86_sse_stmxcsr, {}, {saved});
        constexpr std::uint32_t kFlushBits = 0x8040;
        builder_.CreateStore(builder_.CreateAnd(builder_.CreateLoad(i32, saved), builder_.getInt32(~kFlushBits)),
                             plain);
        intrinsic(llvm::Intrinsic::x86_sse_ldmxcsr, {}, {plain});
      }
      call(routine->name, builder_.getVoidTy(), {d, a, b, c});
      if (saved != nullptr) intrinsic(llvm::Intrinsic::x86_sse_ldmxcsr, {}, {saved});
      for (std::size_t k = 0; k < added.size(); ++k) {
        Value* place = offset_pointer(d, static_cast<std::int64_t>(k * kRegisterBytes));
        Value* sum = builder_.CreateAlignedLoad(lanes, place, llvm::Align(64));
        builder_.CreateAlignedStore(intrinsic(llvm::Intrinsic::sadd_sat, {lanes}, {sum, added[k]}), place,
                                    llvm::Align(64));
      }
      spread(d);
      return true;
    }
    case warp::RoutineKind::LoadRows: {
      Value* d = memory(routine->d);
      call(routine->name, builder_.getVoidTy(), {d, spill(host_address(sources[0]))});
      spread(d);
      return true;
    }
    case warp::RoutineKind::StoreRows: {
      call(routine->name, builder_.getVoidTy(), {spill(host_address(sources[0])), gathered(1, routine->a)});
      return true;
    }
    case warp::RoutineKind::Unary: {
      Value* d = memory(routine->d);
      call(routine->name, builder_.getVoidTy(), {d, gathered(0, routine->a)});
      spread(d);
      return true;
    }
    case warp::RoutineKind::LoadTile: {
      Value* d = memory(routine->d);
      call(routine->name, builder_.getVoidTy(), {d, first_active(host_address(sources[0])), stride(1)});
      spread(d);
      return true;
    }
    case warp::RoutineKind::StoreTile: {
      const std::size_t count = routine->a != 0 ? routine->a : routine->d;
      Value* area = gathered(1, count);
      call(routine->name, builder_.getVoidTy(), {first_active(host_address(sources[0])), stride(1 + count), area});
      return true;
    }
  }
  return unsupported(i);
}

}  // namespace vgpu::jit
