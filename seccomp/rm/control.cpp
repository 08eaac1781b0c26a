#include "seccomp/rm/control.h"

#include <algorithm>
#include <array>

#include "seccomp/rm/abi/vgpu.h"
#include "seccomp/rm/control_handlers.h"
#include "seccomp/rm/object_class.h"

namespace vgpu::rm {
namespace {

constexpr auto kControls = [] {
  auto controls = std::to_array<Control>({
#define CONTROL(command, name, size535, size550, handler) {command, #name, {size535, size550}, handler},
#include "seccomp/rm/controls.def"
#undef CONTROL
  });
  std::ranges::sort(controls, {}, &Control::command);
  return controls;
}();

}  // namespace

std::span<const Control> controls() {
  return kControls;
}

const Control* find_control(std::uint32_t command) {
  const auto found = std::ranges::lower_bound(kControls, command, {}, &Control::command);
  return found != kControls.end() && found->command == command ? &*found : nullptr;
}

bool control_fits(const Control& control, const Object& object) {
  const std::uint32_t named = control.command >> 16;
  if (named == 0) return is_root_class(object.object_class);
  if (named == 0x80 || named == 0x2080 || named == 0x208f || named == 0x73 || named == 0xcb33) {
    return object.object_class == named;
  }
  // Controls of channels and their like are named by the oldest class that has them.
  if (control.command == abi::kActivityCharge) return object.object_class == abi::kActivityClass;
  return !is_root_class(object.object_class);
}

}  // namespace vgpu::rm
