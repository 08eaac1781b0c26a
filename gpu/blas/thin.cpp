#include "gpu/blas/thin.h"

#include <algorithm>
#include <bit>

#include "gpu/blas/convert.h"
#include "gpu/blas/instructions.h"
#include "gpu/blas/scratch.h"
#include "gpu/blas/thin_kernels.h"

namespace vgpu::blas {
namespace {

ThinKernel kernel_for(DataType type, bool along_depth) {
  const bool narrow = type == DataType::F16 || type == DataType::BF16 || type == DataType::I8;
  if (!narrow || instructions() == Instructions::Baseline) return nullptr;
  const ThinKernels& kernels = instructions() == Instructions::Avx2 ? kThinAvx2 : kThinAvx512;
  switch (type) {
    case DataType::F16:
      return along_depth ? kernels.halves_along : kernels.halves_across;
    case DataType::BF16:
      return along_depth ? kernels.bfloats_along : kernels.bfloats_across;
    case DataType::I8:
      return along_depth ? kernels.bytes_along : nullptr;
    default:
      return nullptr;
  }
}

// Where values of the right factor go: `to[column * column_stride + depth * depth_stride]`.
struct Destination {
  std::byte* to;
  std::int64_t column_stride, depth_stride;
};

void widen_bytes(const Product& product, const Destination& destination) {
  const auto* from = reinterpret_cast<const std::int8_t*>(product.b.first);
  auto* to = reinterpret_cast<std::int16_t*>(destination.to);
  for (std::int64_t column = 0; column < product.n; ++column) {
    for (std::int64_t depth = 0; depth < product.k; ++depth) {
      const std::int64_t at = product.b.along_depth ? depth + column * product.b.ld : column + depth * product.b.ld;
      to[column * destination.column_stride + depth * destination.depth_stride] = from[at];
    }
  }
}

// What is adjacent in memory is converted at once.
void widen_floats(const Product& product, const Destination& destination) {
  constexpr std::int64_t kChunk = 256;
  float values[kChunk];
  const bool along = product.b.along_depth;
  const std::int64_t lines = along ? product.n : product.k;
  const std::int64_t length = along ? product.k : product.n;
  const std::int64_t line_stride = along ? destination.column_stride : destination.depth_stride;
  const std::int64_t stride = along ? destination.depth_stride : destination.column_stride;
  auto* to = reinterpret_cast<float*>(destination.to);
  for (std::int64_t line = 0; line < lines; ++line) {
    for (std::int64_t from = 0; from < length; from += kChunk) {
      const std::int64_t count = std::min(kChunk, length - from);
      to_float(product.type, product.b.first + 2 * (line * product.b.ld + from), values, count);
      for (std::int64_t at = 0; at < count; ++at) to[line * line_stride + (from + at) * stride] = values[at];
    }
  }
}

}  // namespace

bool has_thin_products(DataType type, bool along_depth) {
  return kernel_for(type, along_depth) != nullptr;
}

Sums multiply_thin(const Product& product) {
  thread_local Scratch b_scratch;
  thread_local Scratch sums_scratch;
  const auto columns = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(product.n)));
  const std::int64_t depth = (product.k + 31) / 32 * 32;
  const std::int64_t rows = (product.m + 15) / 16 * 16;
  const bool along = product.a.along_depth;
  const std::int64_t size = product.type == DataType::I8 ? 2 : 4;
  std::byte* b = b_scratch.get(columns * depth * size);
  std::fill_n(b, columns * depth * size, std::byte{0});
  const Destination destination{b, along ? depth : 1, along ? 1 : columns};
  product.type == DataType::I8 ? widen_bytes(product, destination) : widen_floats(product, destination);
  const ThinBlock block{.a = product.a,
                        .rows = product.m,
                        .depth = product.k,
                        .columns = columns,
                        .b = b,
                        .b_stride = size * (along ? depth : columns),
                        .sums = sums_scratch.get(columns * rows * 4),
                        .sums_stride = rows};
  kernel_for(product.type, along)(block);
  return {block.sums, rows};
}

}  // namespace vgpu::blas
