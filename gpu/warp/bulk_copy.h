#pragma once

#include <cstdint>

#include "gpu/ptx/ir.h"

// cp.async.bulk and cp.reduce.async.bulk, which are complete as soon as they are issued.
namespace vgpu::warp {

// What a reduction does to each element: the operation in bits 0 to 7, the type in bits 8 to 15. 0 for a plain copy.
std::uint32_t bulk_operation(const ptx::Instruction& instruction);
// False for reductions of a type that PTX does not have.
bool has_bulk_operation(const ptx::Instruction& instruction);

}  // namespace vgpu::warp

extern "C" {
// For the lanes of `active`: `sizes` bytes from `sources` to `targets`, host addresses. `barriers`: mbarrier objects
// that are told of the bytes; nullptr where the instruction names none.
void vgpu_bulk_copy(std::uint32_t operation, const std::uint64_t* targets, const std::uint64_t* sources,
                    const std::uint64_t* sizes, const std::uint64_t* barriers, std::uint32_t active);
}
