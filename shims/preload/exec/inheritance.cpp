#include "shims/preload/exec/inheritance.h"

#include "shims/preload/exec/path_list.h"

namespace vgpu::preload {
namespace {

constexpr Text kPreload = {"LD_PRELOAD=", 11};
constexpr Text kOurs = {"libvgpu-", 8};

constexpr const char* kNames[] = {
#define VARIABLE(name, value) name "=",
#include "gpu/model/container_environment.def"
#undef VARIABLE
};
static_assert(sizeof kNames / sizeof *kNames == Inheritance::kVariables);

// The length of the folder's part of an element of LD_PRELOAD that is one of vgpu's libraries; 0 for another's.
std::size_t folder_length(Text element) {
  std::size_t slash = element.length;
  while (slash > 0 && element.begin[slash - 1] != '/') --slash;
  const bool ours = slash > 1 && starts_with({element.begin + slash, element.length - slash}, kOurs);
  return ours ? slash - 1 : 0;
}

}  // namespace

void Inheritance::take(const char* const* environment) {
  if (environment == nullptr) return;
  for (const char* const* entry = environment; *entry != nullptr; ++entry) {
    if ((*entry)[0] != 'L' || !starts_with(whole(*entry), kPreload)) continue;
    take_libraries(whole(*entry + kPreload.length));
    break;
  }
  if (empty()) return;
  for (const char* const* entry = environment; *entry != nullptr; ++entry) take_variable(*entry);
}

void Inheritance::take_libraries(Text value) {
  char* const begin = memory_.data();
  char* end = begin;
  for (Text element; next_element(value, element);) {
    const std::size_t length = folder_length(element);
    if (length == 0 || contains({begin, static_cast<std::size_t>(end - begin)}, element)) continue;
    if (static_cast<std::size_t>(end - begin) + element.length + 1 > memory_.size()) break;
    if (end != begin) *end++ = ':';
    if (folder_.length == 0) folder_ = {end, length};
    end = append(end, element);
  }
  libraries_ = {begin, static_cast<std::size_t>(end - begin)};
  used_ = libraries_.length;
}

void Inheritance::take_variable(const char* entry) {
  for (std::size_t index = 0; index < kVariables; ++index) {
    const Text text = whole(entry);
    if (!starts_with(text, whole(kNames[index]))) continue;
    if (used_ + text.length + 1 > memory_.size()) return;
    char* const begin = memory_.data() + used_;
    *append(begin, text) = '\0';
    variables_[index] = begin;
    used_ += text.length + 1;
    return;
  }
}

}  // namespace vgpu::preload
