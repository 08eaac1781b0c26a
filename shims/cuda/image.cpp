#include <cstring>

#include "shims/cuda/function.h"

namespace vgpu::cuda {
namespace {

// The head of a fatbin container, and of the wrapper that nvcc's host code passes instead.
constexpr std::uint64_t kLargestImage = std::uint64_t{1} << 32;  // what is larger is a damaged size
constexpr std::uint32_t kContainerMagic = 0xBA55ED50, kWrapperMagic = 0x466243B1;
struct ContainerHead {
  std::uint32_t magic;
  std::uint16_t version, head_size;
  std::uint64_t size;  // bytes after the head
};
struct Wrapper {
  std::uint32_t magic, version;
  const void* container;
  const void* unused;
};

std::uint32_t magic_of(const void* data) {
  std::uint32_t magic = 0;
  // Text may be shorter than a magic number: strnlen stops at its end.
  std::memcpy(&magic, data, ::strnlen(static_cast<const char*>(data), sizeof magic));
  return magic;
}

}  // namespace

const void* unwrapped_image(const void* data) {
  if (magic_of(data) != kWrapperMagic) return data;
  Wrapper wrapper;
  std::memcpy(&wrapper, data, sizeof wrapper);
  return wrapper.container;
}

std::size_t image_size(const void* data) {
  if (magic_of(data) != kContainerMagic) return std::strlen(static_cast<const char*>(data)) + 1;
  ContainerHead head;
  std::memcpy(&head, data, sizeof head);
  if (head.version != 1 || head.head_size < sizeof head || head.size > kLargestImage) return 0;
  return head.head_size + head.size;
}

}  // namespace vgpu::cuda
