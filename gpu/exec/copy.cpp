#include "gpu/exec/copy.h"

#include <algorithm>
#include <cstring>

#include "gpu/exec/parallel.h"

namespace vgpu::exec {
namespace {

// One thread does not use all of a machine's memory bandwidth; below this size the others are not worth waking.
constexpr std::uint64_t kWorthSharing = 4u << 20;  // bytes
constexpr std::uint64_t kPiece = 1u << 20;         // bytes

struct Range {
  std::uint64_t destination, source, size;
};

void copy_piece(void* argument, std::uint64_t index) {
  const Range& range = *static_cast<const Range*>(argument);
  const std::uint64_t offset = index * kPiece;
  std::memcpy(reinterpret_cast<void*>(range.destination + offset), reinterpret_cast<const void*>(range.source + offset),
              std::min(kPiece, range.size - offset));
}

void copy_bytes(Range range) {
  const std::uint64_t distance =
      range.destination > range.source ? range.destination - range.source : range.source - range.destination;
  if (range.size >= kWorthSharing && distance >= range.size) {
    parallel_for((range.size + kPiece - 1) / kPiece, copy_piece, &range);
  } else {
    std::memmove(reinterpret_cast<void*>(range.destination), reinterpret_cast<const void*>(range.source), range.size);
  }
}

template <class Element>
struct Row {
  Element* destination;
  Element value;
  std::uint64_t count;

  static constexpr std::uint64_t kElements = kPiece / sizeof(Element);
  static void fill_piece(void* argument, std::uint64_t index) {
    const Row& row = *static_cast<const Row*>(argument);
    const std::uint64_t first = index * kElements;
    std::fill_n(row.destination + first, std::min(kElements, row.count - first), row.value);
  }
};

template <class Element>
void fill_row(std::uint64_t destination, std::uint32_t value, std::uint64_t count) {
  Row<Element> row{reinterpret_cast<Element*>(destination), static_cast<Element>(value), count};
  if (count * sizeof(Element) >= kWorthSharing) {
    parallel_for((count + row.kElements - 1) / row.kElements, Row<Element>::fill_piece, &row);
  } else {
    std::fill_n(row.destination, count, row.value);
  }
}

}  // namespace

void copy(const gpu::CopyWork& work) {
  const bool dense = work.height <= 1 || (work.destination_pitch == work.width && work.source_pitch == work.width);
  const std::uint64_t rows = dense ? 1 : work.height;
  const std::uint64_t row_bytes = dense ? work.width * work.height : work.width;
  if (row_bytes == 0) return;
  for (std::uint64_t slice = 0; slice < work.depth; ++slice) {
    const std::uint64_t destination = work.destination + slice * work.destination_slice_pitch;
    const std::uint64_t source = work.source + slice * work.source_slice_pitch;
    for (std::uint64_t row = 0; row < rows; ++row) {
      copy_bytes({destination + row * work.destination_pitch, source + row * work.source_pitch, row_bytes});
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
