#include "seccomp/rm/abi/memory.h"
#include "seccomp/rm/class_handlers.h"

// Memory that is made as an object, as the user-space of branch 550 does it; that of 535 asks the heap.
namespace vgpu::rm {

abi::Status make_memory(ClassCall& call) {
  constexpr std::uint64_t kPage = 4096, kLargest = std::uint64_t{1} << 40;
  auto& parameters = call.as<abi::MemoryParameters>();
  if (parameters.size == 0 || parameters.size > kLargest) return abi::Status::InvalidLimit;
  const std::uint64_t size = (parameters.size + kPage - 1) & ~(kPage - 1);
  if (call.record.object_class == abi::kVideoMemoryClass) {
    if (!call.driver.has_room(call.parent.device, size)) return abi::Status::NoMemory;
    call.record.charged = true;
  }
  call.record.value = size;
  parameters.size = size;
  parameters.limit = size - 1;
  return abi::Status::Ok;
}

}  // namespace vgpu::rm
