#include <xmmintrin.h>

#include <bit>

#include "gpu/exec/block_scheduler.h"
#include "gpu/exec/device_heap.h"
#include "gpu/exec/print.h"
#include "gpu/texture/execute.h"

namespace vgpu::exec {
namespace {

WarpFiber& fiber_of(WarpContext* context) {
  return *static_cast<WarpFiber*>(context);
}

void barrier_sync(WarpContext* context, std::uint32_t id, std::uint32_t thread_count, std::uint32_t) {
  fiber_of(context).scheduler->barrier_sync(fiber_of(context), id, thread_count);
}

void barrier_arrive(WarpContext* context, std::uint32_t id, std::uint32_t thread_count, std::uint32_t) {
  fiber_of(context).scheduler->barrier_arrive(fiber_of(context), id, thread_count);
}

std::uint32_t barrier_reduce(WarpContext* context, std::uint32_t id, std::uint32_t thread_count,
                             std::uint32_t operation, std::uint32_t predicate, std::uint32_t active) {
  return fiber_of(context).scheduler->barrier_reduce(fiber_of(context), id, thread_count, operation, predicate, active);
}

void yield(WarpContext* context) {
  fiber_of(context).scheduler->yield(fiber_of(context));
}

std::int32_t print(WarpContext*, std::uint64_t format, std::uint64_t arguments) {
  return print_formatted(reinterpret_cast<const char*>(format), reinterpret_cast<const std::byte*>(arguments));
}

void fault(WarpContext*, FaultKind kind) {
  FaultScope::raise({.cause = fault_cause(kind)});
}

// Filters keep subnormal numbers, whatever the kernel's own operations do.
void texture(WarpContext*, std::uint64_t access, std::uint64_t* results, const std::uint64_t* sources,
             std::uint32_t active) {
  constexpr unsigned kDefaultControl = 0x1F80;
  const unsigned saved = _mm_getcsr();
  _mm_setcsr(kDefaultControl);
  const FaultKind kind = texture::execute(std::bit_cast<texture::Access>(access), results, sources, active);
  _mm_setcsr(saved);
  if (kind != FaultKind::None) FaultScope::raise({.cause = fault_cause(kind)});
}

std::uint64_t allocate(WarpContext* context, std::uint64_t size) {
  DeviceHeap* heap = fiber_of(context).scheduler->heap();
  return heap == nullptr ? 0 : heap->allocate(size);
}

void release(WarpContext* context, std::uint64_t address) {
  DeviceHeap* heap = fiber_of(context).scheduler->heap();
  if (address == 0 || (heap != nullptr && heap->release(address))) return;
  FaultScope::raise({.cause = FaultCause::InvalidFree, .has_address = true, .address = address});
}

}  // namespace

const WarpServices& warp_services() {
  static constexpr WarpServices services = {
      .barrier_sync = barrier_sync,
      .barrier_arrive = barrier_arrive,
      .barrier_reduce = barrier_reduce,
      .yield = yield,
      .print = print,
      .fault = fault,
      .texture = texture,
      .allocate = allocate,
      .release = release,
  };
  return services;
}

}  // namespace vgpu::exec
