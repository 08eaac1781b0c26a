#include "gpu/ptx/frame.h"

#include "gpu/ptx/layout.h"

namespace vgpu::ptx {

Expected<void> lay_out(Function& function) {
  constexpr std::uint64_t kFrameAlignment = 16;
  constexpr std::uint64_t kLargest = 1ull << 30;  // bytes
  Layout shared;
  Layout local;
  for (Variable& variable : function.variables) {
    if (variable.space == Space::Shared && !variable.external) shared.place(variable);
    if (variable.space == Space::Local || variable.local_param) local.place(variable);
  }
  if (shared.size() > kLargest || local.size() > kLargest) return failure("variables of more than 1 GiB");
  function.static_shared_size = static_cast<std::uint32_t>(shared.size());
  function.local_frame_size = static_cast<std::uint32_t>(round_up(local.size(), kFrameAlignment));
  for (Variable& variable : function.variables) {
    if (variable.space == Space::Shared && variable.external)
      variable.offset = round_up(shared.size(), kFrameAlignment);
  }
  return {};
}

}  // namespace vgpu::ptx
