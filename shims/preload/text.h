#pragma once

#include <cstddef>

// Text without the C library: what is preloaded asks no program for any symbol.
namespace vgpu::preload {

struct Text {
  const char* begin = nullptr;
  std::size_t length = 0;
};

inline std::size_t length_of(const char* text) {
  std::size_t length = 0;
  while (text[length] != '\0') ++length;
  return length;
}

inline Text whole(const char* text) {
  return {text, length_of(text)};
}

inline bool equal(Text one, Text other) {
  if (one.length != other.length) return false;
  for (std::size_t index = 0; index < one.length; ++index) {
    if (one.begin[index] != other.begin[index]) return false;
  }
  return true;
}

inline bool starts_with(Text text, Text begin) {
  return text.length >= begin.length && equal({text.begin, begin.length}, begin);
}

// Copies the text to `end` without a terminating zero. The new end.
inline char* append(char* end, Text text) {
  for (std::size_t index = 0; index < text.length; ++index) *end++ = text.begin[index];
  return end;
}

}  // namespace vgpu::preload
