#pragma once

#include <cstdint>
#include <string_view>

namespace vgpu::ptx {

// The operations of PTX, as opcodes.def lists them. `barrier` is Bar, `fence` is Membar.
enum class Opcode : std::uint8_t {
  Invalid,
#define VGPU_OPCODE(name, mnemonic, destinations, least_sources, most_sources, modifiers) name,
#include "gpu/ptx/opcodes.def"
#undef VGPU_OPCODE
};

// What the parser needs to know about an operation.
struct OpcodeInfo {
  std::string_view mnemonic;
  std::uint8_t destinations = 0;  // operands as written: a vector in braces counts once
  std::uint8_t least_sources = 0;
  std::uint8_t most_sources = 0;
  std::uint64_t modifiers = 0;  // ModifierGroup bits
};

const OpcodeInfo& opcode_info(Opcode op);

// The mnemonic without modifiers: "add", "cp.async.wait_group"; "invalid" for Opcode::Invalid.
std::string_view opcode_name(Opcode op);

// The operation of a mnemonic ("bar.warp.sync", "fence"); Invalid when there is none.
Opcode find_opcode(std::string_view mnemonic);

}  // namespace vgpu::ptx
