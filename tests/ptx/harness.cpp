#include "tests/ptx/harness.h"

#include <bit>
#include <cstring>

#include "gpu/texture/execute.h"

namespace vgpu::test {
namespace {

constexpr std::uint32_t kLocalStride = 4096;
constexpr std::size_t kMostParameterBytes = 4096;

thread_local SingleWarp* current = nullptr;

}  // namespace

SingleWarp::SingleWarp() {
  current = this;
  parameters_.reserve(kMostParameterBytes);
  services_.barrier_sync = [](WarpContext*, std::uint32_t, std::uint32_t, std::uint32_t) { ++current->barriers; };
  services_.barrier_arrive = services_.barrier_sync;
  services_.barrier_reduce = [](WarpContext* context, std::uint32_t, std::uint32_t, std::uint32_t operation,
                                std::uint32_t predicate, std::uint32_t active) -> std::uint32_t {
    ++current->barriers;
    if (operation == 0) return static_cast<std::uint32_t>(std::popcount(predicate & active));
    return operation == 1 ? (predicate & active) == (context->live & active) : (predicate & active) != 0;
  };
  services_.yield = [](WarpContext*) { ++current->yields; };
  services_.print = [](WarpContext*, std::uint64_t format, std::uint64_t) -> std::int32_t {
    current->printed.emplace_back(reinterpret_cast<const char*>(format));
    return static_cast<std::int32_t>(current->printed.size());
  };
  services_.fault = [](WarpContext*, FaultKind kind) { throw Fault{kind}; };
  services_.texture = [](WarpContext*, std::uint64_t access, std::uint64_t* results, const std::uint64_t* sources,
                         std::uint32_t active) {
    const FaultKind kind = texture::execute(std::bit_cast<texture::Access>(access), results, sources, active);
    if (kind != FaultKind::None) throw Fault{kind};
  };
  services_.allocate = [](WarpContext*, std::uint64_t size) { return current->allocate(size); };
  services_.release = [](WarpContext*, std::uint64_t address) { current->released.push_back(address); };
  context_.params = parameters_.data();
  context_.globals = globals_.data();
  context_.shared = shared_;
  context_.services = &services_;
  reserve_local(kLocalStride);
  context_.live = ~0u;
  context_.warps = context_.blocks = 1;
  context_.waiting = waiting_;
  context_.block_size[0] = kWarpSize;
  context_.block_size[1] = context_.block_size[2] = 1;
  context_.grid_size[0] = context_.grid_size[1] = context_.grid_size[2] = 1;
  context_.total_shared_size = sizeof shared_;
}

std::uint64_t SingleWarp::allocate(std::uint64_t size) {
  if (size == 0) return 0;
  blocks_.push_back(std::make_unique<std::byte[]>(size));
  return reinterpret_cast<std::uint64_t>(blocks_.back().get());
}

void SingleWarp::reserve_local(std::uint32_t bytes) {
  local_.assign(std::size_t{bytes} * kWarpSize, std::byte{});
  context_.local = local_.data();
  context_.local_stride = bytes;
}

void SingleWarp::add_parameter(std::uint64_t value, std::size_t bytes) {
  const std::size_t offset = (parameters_.size() + bytes - 1) / bytes * bytes;
  parameters_.resize(offset + bytes);
  std::memcpy(parameters_.data() + offset, &value, bytes);
  context_.params = parameters_.data();
}

}  // namespace vgpu::test
