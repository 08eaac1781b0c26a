#include "shims/preload/exec/inheritance.h"
#include "shims/preload/exec/path_list.h"

namespace vgpu::preload {
namespace {

constexpr Text kPreload = {"LD_PRELOAD=", 11};
constexpr Text kLibraryPath = {"LD_LIBRARY_PATH=", 16};

// The last of several counts for glibc's dynamic linker, so that is the one to edit.
const char* find(const char* const* environment, Text begin) {
  const char* found = nullptr;
  for (const char* const* entry = environment; *entry != nullptr; ++entry) {
    if (starts_with(whole(*entry), begin)) found = *entry;
  }
  return found;
}

bool has_all(Text list, Text wanted) {
  for (Text element; next_element(wanted, element);) {
    if (!contains(list, element)) return false;
  }
  return true;
}

bool has_any(Text list, Text wanted) {
  for (Text element; next_element(wanted, element);) {
    if (contains(list, element)) return true;
  }
  return false;
}

Text value_of(const char* entry, Text begin) {
  return entry == nullptr ? Text{} : whole(entry + begin.length);
}

Text name_of(const char* entry) {
  std::size_t length = 0;
  while (entry[length] != '=') ++length;
  return {entry, length + 1};
}

}  // namespace

ChildEnvironment::ChildEnvironment(const Inheritance& inheritance, const char* const* environment)
    : result_(environment) {
  static constexpr const char* kNone[] = {nullptr};
  if (inheritance.empty()) return;
  if (build(inheritance, environment == nullptr ? kNone : environment)) result_ = entries_.data();
}

bool ChildEnvironment::build(const Inheritance& inheritance, const char* const* environment) {
  const Edit preload = {kPreload, inheritance.libraries(), find(environment, kPreload)};
  const Edit folder = {kLibraryPath, inheritance.folder(), find(environment, kLibraryPath)};
  const Text preloaded = value_of(preload.entry, kPreload);
  if (has_all(preloaded, preload.addition) && has_all(value_of(folder.entry, kLibraryPath), folder.addition)) {
    return false;
  }
  for (const char* const* entry = environment; *entry != nullptr; ++entry) {
    if (*entry != preload.entry && *entry != folder.entry && !add_entry(*entry)) return false;
  }
  if (!add_path(preload) || !add_path(folder)) return false;
  for (std::size_t index = 0; index < Inheritance::kVariables && !has_any(preloaded, preload.addition); ++index) {
    const char* const variable = inheritance.variable(index);
    if (variable == nullptr || find(environment, name_of(variable)) != nullptr) continue;
    if (!add_entry(variable)) return false;
  }
  return add_entry(nullptr);
}

bool ChildEnvironment::add_entry(const char* entry) {
  if (count_ == entries_.size()) return false;
  entries_[count_++] = entry;
  return true;
}

bool ChildEnvironment::add_path(const Edit& edit) {
  const Text value = value_of(edit.entry, edit.begin);
  if (used_ + edit.begin.length + value.length + edit.addition.length + 2 > memory_.size()) return false;
  char* const begin = memory_.data() + used_;
  char* end = append(append(begin, edit.begin), value);
  char* const list = begin + edit.begin.length;
  Text additions = edit.addition;
  for (Text element; next_element(additions, element);) {
    if (contains({list, static_cast<std::size_t>(end - list)}, element)) continue;
    if (end != list) *end++ = ':';
    end = append(end, element);
  }
  *end++ = '\0';
  used_ = static_cast<std::size_t>(end - memory_.data());
  return add_entry(begin);
}

}  // namespace vgpu::preload
