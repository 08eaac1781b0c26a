#pragma once

#include <cstring>
#include <span>

#include "shims/cublas/handle.h"

// Attributes by number of cublasLt's plain data.
namespace vgpu::cublas {

// Where an attribute lies in its descriptor.
struct Attribute {
  int number;
  std::size_t offset, size;
};
#define VGPU_ATTRIBUTE(number, type, member)             \
  Attribute {                                            \
    number, offsetof(type, member), sizeof(type::member) \
  }

inline const Attribute* find(std::span<const Attribute> attributes, int number) {
  for (const Attribute& attribute : attributes) {
    if (attribute.number == number) return &attribute;
  }
  return nullptr;
}

inline cublasStatus_t set_attribute(std::span<const Attribute> attributes, void* descriptor, int number,
                                    const void* value, std::size_t size) {
  if (descriptor == nullptr || value == nullptr) return kInvalidValue;
  const Attribute* attribute = find(attributes, number);
  if (attribute == nullptr) return refuse("cublasLt: a descriptor's attribute of an unknown number");
  if (size < attribute->size) return kInvalidValue;
  std::memcpy(static_cast<std::byte*>(descriptor) + attribute->offset, value, attribute->size);
  return kSuccess;
}

inline cublasStatus_t get_attribute(std::span<const Attribute> attributes, const void* descriptor, int number,
                                    void* value, std::size_t size, std::size_t* written) {
  const Attribute* attribute = find(attributes, number);
  if (descriptor == nullptr || attribute == nullptr || (value == nullptr && size != 0)) return kInvalidValue;
  if (written != nullptr) *written = attribute->size;
  if (size == 0) return written == nullptr ? kInvalidValue : kSuccess;
  if (size < attribute->size) return kInvalidValue;
  std::memcpy(value, static_cast<const std::byte*>(descriptor) + attribute->offset, attribute->size);
  return kSuccess;
}

}  // namespace vgpu::cublas
