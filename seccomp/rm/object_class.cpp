#include "seccomp/rm/object_class.h"

#include <algorithm>
#include <array>

#include "seccomp/rm/class_handlers.h"

namespace vgpu::rm {
namespace {

constexpr auto kClasses = [] {
  auto classes = std::to_array<ObjectClass>({
#define CLASS(number, name, level, of_chip, size535, size550, handler) \
  {number, #name, Level::level, of_chip, {size535, size550}, handler},
#include "seccomp/rm/classes.def"
#undef CLASS
  });
  std::ranges::sort(classes, {}, &ObjectClass::number);
  return classes;
}();

}  // namespace

std::span<const ObjectClass> object_classes() {
  return kClasses;
}

const ObjectClass* find_class(std::uint32_t number) {
  const auto found = std::ranges::lower_bound(kClasses, number, {}, &ObjectClass::number);
  return found != kClasses.end() && found->number == number ? &*found : nullptr;
}

bool is_root_class(std::uint32_t number) {
  const ObjectClass* found = find_class(number);
  return found != nullptr && found->level == Level::Root;
}

}  // namespace vgpu::rm
