#pragma once

#include "shims/preload/text.h"

// Lists such as those of LD_PRELOAD, whose elements are separated by `:` or a space.
namespace vgpu::preload {

// Takes the first element off the list. False when there is none left; elements may be empty.
inline bool next_element(Text& list, Text& element) {
  if (list.begin == nullptr) return false;
  std::size_t length = 0;
  while (length < list.length && list.begin[length] != ':' && list.begin[length] != ' ') ++length;
  element = {list.begin, length};
  list = length == list.length ? Text{} : Text{list.begin + length + 1, list.length - length - 1};
  return true;
}

inline bool contains(Text list, Text wanted) {
  for (Text element; next_element(list, element);) {
    if (equal(element, wanted)) return true;
  }
  return false;
}

}  // namespace vgpu::preload
