#include <cstring>

#include "gpu/interp/kernel.h"

namespace vgpu::interp {

void InterpretedKernelDeleter::operator()(InterpretedKernel* kernel) const {
  delete kernel;
}

std::byte* InterpretedKernel::take_frame() const {
  std::byte* frame = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      frame = free_.back();
      free_.pop_back();
    }
  }
  if (frame != nullptr) {
    std::memset(frame, 0, register_bytes);
    return frame;
  }
  auto made = std::make_unique<std::byte[]>(frame_bytes);
  frame = made.get();
  Machine machine;
  machine.frame = frame;
  for (const Constant& constant : constants) {
    for (unsigned lane = 0; lane < kWarpSize; ++lane) {
      machine.narrow(constant.ref)[lane] = static_cast<std::uint32_t>(constant.value);
      machine.wide(constant.ref)[lane] = constant.value;
    }
    machine.mask(constant.ref) = constant.value != 0 ? ~0u : 0u;
  }
  const std::lock_guard lock(mutex_);
  frames_.push_back(std::move(made));
  return frame;
}

void InterpretedKernel::give_back(std::byte* frame) const {
  const std::lock_guard lock(mutex_);
  free_.push_back(frame);
}

}  // namespace vgpu::interp
