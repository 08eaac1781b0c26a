#include "gpu/exec/copy.h"

#include <algorithm>
#include <cstring>

namespace vgpu::exec {
namespace {

template <class Element>
void fill_row(std::uint64_t destination, std::uint32_t value, std::uint64_t count) {
  std::fill_n(reinterpret_cast<Element*>(destination), count, static_cast<Element>(value));
}

}  // namespace

void copy(const gpu::CopyWork& work) {
  const bool dense = work.height <= 1 || (work.destination_pitch == work.width && work.source_pitch == work.width);
  const std::uint64_t rows = dense ? 1 : work.height;
  const std::uint64_t row_bytes = dense ? work.width * work.height : work.width;
  if (row_bytes == 0) return;
  for (std::uint64_t slice = 0; slice < work.depth; ++slice) {
    std::uint64_t destination = work.destination + slice * work.destination_slice_pitch;
    std::uint64_t source = work.source + slice * work.source_slice_pitch;
    for (std::uint64_t row = 0; row < rows; ++row) {
      std::memmove(reinterpret_cast<void*>(destination), reinterpret_cast<const void*>(source), row_bytes);
      destination += work.destination_pitch;
      source += work.source_pitch;
    }
  }
}

void fill(const gpu::FillWork& work) {
  std::uint64_t destination = work.destination;
  for (std::uint64_t row = 0; row < work.height; ++row, destination += work.pitch) {
    switch (work.element_size) {
      case 1:
        fill_row<std::uint8_t>(destination, work.value, work.count);
        break;
      case 2:
        fill_row<std::uint16_t>(destination, work.value, work.count);
        break;
      default:
        fill_row<std::uint32_t>(destination, work.value, work.count);
        break;
    }
  }
}

}  // namespace vgpu::exec
