#include <bit>

#include "gpu/jit/lowering.h"
#include "gpu/texture/access.h"

// tex, tld4, txq, suld, sust, sured, suq, istypep: operands go through memory to the texture service.
namespace vgpu::jit {

bool Lowering::lower_texture(const ptx::Instruction& i) {
  const auto access = texture::access_of(i);
  if (!access) return unsupported(i);
  scalar_ = false;
  const auto sources = function_.sources(i);
  const auto destinations = function_.destinations(i);
  llvm::Type* i64 = integer(64);
  llvm::Type* lanes = lanes_of(i64);
  constexpr std::int64_t kPlaceBytes = kWarpSize * sizeof(std::uint64_t);
  Value* inputs = slot(llvm::ArrayType::get(lanes, texture::kSources));
  Value* results = slot(llvm::ArrayType::get(lanes, texture::kResults));
  for (unsigned s = 0; s < sources.size(); ++s) {
    const auto place = texture::place_of_source(i, s);
    if (!place) continue;
    const ptx::Operand& source = sources[s];
    unsigned width = 64;
    if (source.kind == ptx::Operand::Kind::Register) width = ptx::bit_width(function_.registers[source.index]);
    Value* value = read_lanes(source, width);
    if (width != 64) value = builder_.CreateZExt(value, lanes);
    builder_.CreateAlignedStore(value, offset_pointer(inputs, *place * kPlaceBytes), llvm::Align(64));
  }
  service(offsetof(WarpServices, texture), builder_.getVoidTy(),
          {builder_.getInt64(std::bit_cast<std::uint64_t>(*access)), results, inputs, lane_bits(mask_)});
  for (unsigned d = 0; d < destinations.size(); ++d) {
    if (destinations[d].kind != ptx::Operand::Kind::Register) continue;
    const unsigned width = ptx::bit_width(function_.registers[destinations[d].index]);
    Value* loaded = builder_.CreateAlignedLoad(lanes, offset_pointer(results, d * kPlaceBytes), llvm::Align(64));
    write(destinations[d], width == 64 ? loaded : builder_.CreateTrunc(loaded, lanes_of(integer(width))));
  }
  return true;
}

}  // namespace vgpu::jit
