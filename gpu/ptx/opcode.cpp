#include "gpu/ptx/opcode.h"

#include <array>
#include <unordered_map>

#include "gpu/ptx/modifiers.h"

namespace vgpu::ptx {
namespace {

constexpr OpcodeInfo kOpcodes[] = {
    {.mnemonic = "invalid"},
#define VGPU_OPCODE(name, mnemonic, destinations, least_sources, most_sources, modifiers) \
  {mnemonic, destinations, least_sources, most_sources, modifiers},
#include "gpu/ptx/opcodes.def"
#undef VGPU_OPCODE
};

struct Alias {
  std::string_view mnemonic;
  Opcode op;
};
constexpr Alias kAliases[] = {
    {"barrier", Opcode::Bar}, {"barrier.cta", Opcode::Bar}, {"bar.cta", Opcode::Bar}, {"fence", Opcode::Membar}};

std::unordered_map<std::string_view, Opcode> make_index() {
  std::unordered_map<std::string_view, Opcode> index;
  for (std::size_t i = 1; i < std::size(kOpcodes); ++i) index.emplace(kOpcodes[i].mnemonic, static_cast<Opcode>(i));
  for (const Alias& alias : kAliases) index.emplace(alias.mnemonic, alias.op);
  return index;
}

}  // namespace

const OpcodeInfo& opcode_info(Opcode op) {
  return kOpcodes[static_cast<std::size_t>(op)];
}

std::string_view opcode_name(Opcode op) {
  return opcode_info(op).mnemonic;
}

Opcode find_opcode(std::string_view mnemonic) {
  static const std::unordered_map<std::string_view, Opcode> index = make_index();
  const auto found = index.find(mnemonic);
  return found == index.end() ? Opcode::Invalid : found->second;
}

}  // namespace vgpu::ptx
