#pragma once

#include <span>

#include "seccomp/rm/call.h"

// This process' memory, of which a program may have given a wrong address: such a copy fails and hurts nobody.
namespace vgpu::preload {

class OwnMemory final : public rm::CallerMemory {
 public:
  bool read(std::uint64_t address, std::span<std::byte> bytes) const override;
};

// False when not all of it could be written.
bool write_own_memory(std::uint64_t address, std::span<const std::byte> bytes);

}  // namespace vgpu::preload
