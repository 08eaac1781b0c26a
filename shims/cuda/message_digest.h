#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace vgpu::cuda {

// MD2 (RFC 1319), of which no maintained library has an implementation left.
using Digest = std::array<std::uint8_t, 16>;
Digest md2(std::span<const std::uint8_t> message);

// HMAC (RFC 2104) with it; the key has one block, 16 bytes.
Digest hmac_md2(const Digest& key, std::span<const std::uint8_t> message);

}  // namespace vgpu::cuda
