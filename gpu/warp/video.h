#pragma once

#include <cstdint>
#include <optional>

#include "gpu/ptx/ir.h"

// The video instructions on words, and on two halves or four bytes of one: vadd, vabsdiff4 and their like.
namespace vgpu::warp {

// What vgpu_video carries out for an instruction, as one number; nullopt where it is none of these, or has types or
// modifiers that PTX does not give it.
std::optional<std::uint32_t> video_operation(const ptx::Instruction& instruction);

}  // namespace vgpu::warp

// d of all 32 lanes.
extern "C" void vgpu_video(std::uint32_t operation, std::uint32_t* d, const std::uint32_t* a, const std::uint32_t* b,
                           const std::uint32_t* c);
