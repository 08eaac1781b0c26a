#include "gpu/interp/machine.h"
#include "gpu/texture/access.h"

// tex, tld4, txq, suld, sust, sured, suq, istypep: operands are gathered for the texture service.
namespace vgpu::interp {
namespace {

using ptx::Instruction;

void access_texture(Machine& machine, const Step& step) {
  if (machine.active == 0) return;
  const Instruction& instruction = *step.instruction;
  std::uint64_t sources[texture::kSources * kWarpSize]{};
  std::uint64_t results[texture::kResults * kWarpSize]{};
  for (unsigned s = 0; s < instruction.source_count; ++s) {
    const auto place = texture::place_of_source(instruction, s);
    if (!place) continue;
    const Ref& ref = step.source(s);
    for_each_active(machine.active, [&](unsigned lane) {
      const std::uint64_t value = ref.bits == 0 ? machine.wide(ref)[lane] : machine.value(ref, lane);
      sources[*place * kWarpSize + lane] = value + static_cast<std::uint64_t>(ref.addend);
    });
  }
  const auto access = std::bit_cast<std::uint64_t>(*texture::access_of(instruction));
  machine.context->services->texture(machine.context, access, results, sources, machine.active);
  for (unsigned d = 0; d < instruction.destination_count; ++d) {
    const Ref& ref = step.destination(d);
    if (ref.bits == 1) {
      std::uint32_t mask = 0;
      for (unsigned lane = 0; lane < kWarpSize; ++lane) mask |= static_cast<std::uint32_t>(results[lane] & 1) << lane;
      machine.set_predicate(ref, mask);
    } else {
      for_each_active(machine.active,
                      [&](unsigned lane) { machine.set_value(ref, lane, results[d * kWarpSize + lane]); });
    }
  }
}

}  // namespace

Handler texture_handler(const Instruction& instruction) {
  return texture::access_of(instruction) ? &access_texture : nullptr;
}

}  // namespace vgpu::interp
