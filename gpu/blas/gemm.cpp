#include "gpu/blas/gemm.h"

#include <algorithm>
#include <vector>

#include "gpu/blas/convert.h"
#include "gpu/blas/openblas.h"
#include "gpu/blas/packed.h"
#include "gpu/blas/parallel.h"
#include "gpu/blas/result.h"
#include "gpu/blas/thin.h"

namespace vgpu::blas {
namespace {

constexpr std::int64_t kDepth = 512;  // of op(A)'s columns converted at a time; sums of I8 products stay exact
constexpr std::int64_t kWorthSplitting = std::int64_t{1} << 18;  // multiplications below which a thread is not worth it

// Bounds of one tile of C.
struct Bounds {
  std::int64_t row, column, rows, columns;
};

// Cuts C into tiles: enough to keep every thread busy, small enough for converted tiles to stay in the cache.
struct Tiling {
  std::int64_t rows, columns, down, across;

  Tiling(const GemmShape& shape, std::int64_t batch, std::int64_t largest)
      : rows(std::min(shape.m, largest)), columns(std::min(shape.n, largest)) {
    const std::int64_t wanted = thread_count() == 1 ? 1 : 3 * std::int64_t{thread_count()};
    const auto halve = [](std::int64_t& extent) { extent = ((extent + 1) / 2 + 15) / 16 * 16; };
    count(shape);
    while (batch * down * across < wanted && std::max(rows, columns) > 32 &&
           rows * columns * std::max<std::int64_t>(shape.k, 1) > kWorthSplitting) {
      halve(rows >= columns ? rows : columns);
      count(shape);
    }
  }
  [[nodiscard]] Bounds bounds(const GemmShape& shape, std::int64_t tile) const {
    const std::int64_t row = tile % down * rows;
    const std::int64_t column = tile / down * columns;
    return {row, column, std::min(rows, shape.m - row), std::min(columns, shape.n - column)};
  }

 private:
  void count(const GemmShape& shape) {
    down = (shape.m + rows - 1) / rows;
    across = (shape.n + columns - 1) / columns;
  }
};

// The part of a stored matrix that op() turns into rows [row, row + rows) and columns [column, column + columns).
template <class Byte>
Byte* part(Byte* data, DataType type, Operation operation, std::int64_t ld, std::int64_t row, std::int64_t column) {
  if (operation != Operation::None) std::swap(row, column);
  return data + static_cast<std::int64_t>(size_of(type)) * (row + column * ld);
}

const std::byte* bytes(const void* data) {
  return static_cast<const std::byte*>(data);
}
std::byte* bytes(void* data) {
  return static_cast<std::byte*>(data);
}

// Copies a stored `rows` x `columns` part, compactly and as F32.
void pack(DataType type, const std::byte* data, std::int64_t ld, std::int64_t rows, std::int64_t columns, float* to) {
  for (std::int64_t column = 0; column < columns; ++column) {
    to_float(type, data + static_cast<std::int64_t>(size_of(type)) * column * ld, to + column * rows, rows);
  }
}

float* scratch(std::vector<float>& buffer, std::int64_t count) {
  if (buffer.size() < static_cast<std::size_t>(count)) buffer.resize(static_cast<std::size_t>(count));
  return buffer.data();
}

template <class T>
T cast(Scalar value) {
  if constexpr (std::is_arithmetic_v<T>) {
    return static_cast<T>(value.real());
  } else {
    return T(value);
  }
}

template <class T>
void native_tile(const GemmShape& shape, Scalar alpha, Scalar beta, const GemmOperands& with, const Bounds& at) {
  const std::byte* a = part(bytes(with.a), shape.type_a, shape.operation_a, shape.lda, at.row, 0);
  const std::byte* b = part(bytes(with.b), shape.type_b, shape.operation_b, shape.ldb, 0, at.column);
  std::byte* c = part(bytes(with.c), shape.type_c, Operation::None, shape.ldc, at.row, at.column);
  multiply(Tile<T>{shape.operation_a, shape.operation_b, at.rows, at.columns, shape.k, cast<T>(alpha),
                   reinterpret_cast<const T*>(a), shape.lda, reinterpret_cast<const T*>(b), shape.ldb, cast<T>(beta),
                   reinterpret_cast<T*>(c), shape.ldc});
}

// One step over `depth` of k: op(A) and op(B)'s parts to F32, then to = alpha * product + beta * to.
void converted_step(const GemmShape& shape, const GemmOperands& with, const Bounds& at, std::int64_t from,
                    std::int64_t depth, float alpha, float beta, float* to, std::int64_t ld) {
  thread_local std::vector<float> buffer_a;
  thread_local std::vector<float> buffer_b;
  const bool plain_a = shape.operation_a == Operation::None;
  const bool plain_b = shape.operation_b == Operation::None;
  const std::int64_t rows_a = plain_a ? at.rows : depth;
  const std::int64_t rows_b = plain_b ? depth : at.columns;
  float* a = scratch(buffer_a, at.rows * depth);
  float* b = scratch(buffer_b, at.columns * depth);
  pack(shape.type_a, part(bytes(with.a), shape.type_a, shape.operation_a, shape.lda, at.row, from), shape.lda, rows_a,
       plain_a ? depth : at.rows, a);
  pack(shape.type_b, part(bytes(with.b), shape.type_b, shape.operation_b, shape.ldb, from, at.column), shape.ldb,
       rows_b, plain_b ? at.columns : depth, b);
  multiply(Tile<float>{shape.operation_a, shape.operation_b, at.rows, at.columns, depth, alpha, a, rows_a, b, rows_b,
                       beta, to, ld});
}

void write_float_tile(const GemmShape& shape, float beta, const float* sums, std::byte* c, const Bounds& at) {
  thread_local std::vector<float> buffer;
  float* line = scratch(buffer, 2 * at.rows);
  float* old = line + at.rows;
  for (std::int64_t column = 0; column < at.columns; ++column) {
    std::byte* to = part(c, shape.type_c, Operation::None, shape.ldc, 0, column);
    const float* sum = sums + column * at.rows;
    if (beta == 0) {
      from_float(shape.type_c, sum, to, at.rows);
      continue;
    }
    to_float(shape.type_c, to, old, at.rows);
    for (std::int64_t row = 0; row < at.rows; ++row) line[row] = sum[row] + beta * old[row];
    from_float(shape.type_c, line, to, at.rows);
  }
}

void float_tile(const GemmShape& shape, Scalar alpha, Scalar beta, const GemmOperands& with, const Bounds& at) {
  thread_local std::vector<float> buffer;
  std::byte* c = part(bytes(with.c), shape.type_c, Operation::None, shape.ldc, at.row, at.column);
  const bool direct = shape.type_c == DataType::F32;
  float* sums = direct ? reinterpret_cast<float*>(c) : scratch(buffer, at.rows * at.columns);
  const std::int64_t ld = direct ? shape.ldc : at.rows;
  for (std::int64_t from = 0; from < shape.k; from += kDepth) {
    const float keep = from > 0 ? 1.0F : direct ? cast<float>(beta) : 0.0F;
    converted_step(shape, with, at, from, std::min(kDepth, shape.k - from), cast<float>(alpha), keep, sums, ld);
  }
  if (!direct) write_float_tile(shape, cast<float>(beta), sums, c, at);
}

// Sums of at most kDepth products of two I8 stay below 2^24 and are exact in F32.
void integer_tile(const GemmShape& shape, Scalar alpha, Scalar beta, const GemmOperands& with, const Bounds& at) {
  static_assert(kDepth * 128 * 128 <= 1 << 24);
  thread_local std::vector<float> buffer;
  float* products = scratch(buffer, at.rows * at.columns);
  const auto scale = static_cast<std::uint32_t>(static_cast<std::int64_t>(alpha.real()));
  const auto keep = static_cast<std::uint32_t>(static_cast<std::int64_t>(beta.real()));
  for (std::int64_t from = 0; from < shape.k; from += kDepth) {
    converted_step(shape, with, at, from, std::min(kDepth, shape.k - from), 1, 0, products, at.rows);
    for (std::int64_t column = 0; column < at.columns; ++column) {
      auto* to = reinterpret_cast<std::uint32_t*>(
          part(bytes(with.c), DataType::I32, Operation::None, shape.ldc, at.row, at.column + column));
      for (std::int64_t row = 0; row < at.rows; ++row) {
        const auto product = static_cast<std::uint32_t>(static_cast<std::int32_t>(products[column * at.rows + row]));
        const std::uint32_t old = from > 0 ? to[row] : keep == 0 ? 0 : keep * to[row];
        to[row] = scale * product + old;
      }
    }
  }
}

Product product_of(const GemmShape& shape, const GemmOperands& with, const Bounds& at) {
  const std::byte* a = part(bytes(with.a), shape.type_a, shape.operation_a, shape.lda, at.row, 0);
  const std::byte* b = part(bytes(with.b), shape.type_b, shape.operation_b, shape.ldb, 0, at.column);
  return {.type = shape.type_a,
          .a = {a, shape.lda, shape.operation_a != Operation::None},
          .b = {b, shape.ldb, shape.operation_b == Operation::None},
          .m = at.rows,
          .n = at.columns,
          .k = shape.k};
}

void write_tile(const Sums& sums, const GemmShape& shape, Scalar alpha, Scalar beta, const GemmOperands& with,
                const Bounds& at) {
  std::byte* c = part(bytes(with.c), shape.type_c, Operation::None, shape.ldc, at.row, at.column);
  write_result(sums, shape.type_a, alpha, beta, {shape.type_c, c, shape.ldc, at.rows, at.columns});
}

void thin_tile(const GemmShape& shape, Scalar alpha, Scalar beta, const GemmOperands& with, const Bounds& at) {
  write_tile(multiply_thin(product_of(shape, with, at)), shape, alpha, beta, with, at);
}

// Where the instructions cannot take the values that these factors have, the tile is converted.
void packed_tile(const GemmShape& shape, Scalar alpha, Scalar beta, const GemmOperands& with, const Bounds& at) {
  const Sums sums = multiply_packed(*packed_method(shape.type_a), product_of(shape, with, at));
  if (sums.values == nullptr) return float_tile(shape, alpha, beta, with, at);
  write_tile(sums, shape, alpha, beta, with, at);
}

template <class T>
void scale_column(std::byte* column, std::int64_t rows, T beta) {
  T* values = reinterpret_cast<T*>(column);
  for (std::int64_t row = 0; row < rows; ++row) values[row] = beta == T(0) ? T(0) : beta * values[row];
}

// C = beta C: what remains where alpha or k is 0.
void scale_tile(const GemmShape& shape, Scalar, Scalar beta, const GemmOperands& with, const Bounds& at) {
  std::vector<float> line;
  for (std::int64_t column = 0; column < at.columns; ++column) {
    std::byte* c = part(bytes(with.c), shape.type_c, Operation::None, shape.ldc, at.row, at.column + column);
    switch (shape.type_c) {
      case DataType::F32:
        scale_column(c, at.rows, cast<float>(beta));
        break;
      case DataType::F64:
        scale_column(c, at.rows, cast<double>(beta));
        break;
      case DataType::C32:
        scale_column(c, at.rows, cast<std::complex<float>>(beta));
        break;
      case DataType::C64:
        scale_column(c, at.rows, beta);
        break;
      case DataType::I32:
        scale_column(c, at.rows, static_cast<std::uint32_t>(cast<std::int64_t>(beta)));
        break;
      default: {
        float* values = scratch(line, at.rows);
        if (beta != Scalar(0)) to_float(shape.type_c, c, values, at.rows);
        scale_column(reinterpret_cast<std::byte*>(values), at.rows, cast<float>(beta));
        from_float(shape.type_c, values, c, at.rows);
      }
    }
  }
}

using TileFunction = void (*)(const GemmShape&, Scalar, Scalar, const GemmOperands&, const Bounds&);

struct Method {
  TileFunction tile = nullptr;
  std::int64_t largest_tile = 1 << 20;
};

Method general_method_for(const GemmShape& shape) {
  constexpr std::int64_t kConvertedTile = 256;
  const DataType in = shape.type_a;
  const DataType out = shape.type_c;
  if (shape.type_b != in) return {};
  switch (shape.compute) {
    case ComputeType::F16:
      return in == DataType::F16 && out == in ? Method{float_tile, kConvertedTile} : Method{};
    case ComputeType::F64:
      if (in != out) return {};
      if (in == DataType::F64) return {native_tile<double>};
      return in == DataType::C64 ? Method{native_tile<std::complex<double>>} : Method{};
    case ComputeType::I32:
      return in == DataType::I8 && out == DataType::I32 ? Method{integer_tile, kConvertedTile} : Method{};
    case ComputeType::F32:
      if (in == DataType::F32 && out == in) return {native_tile<float>};
      if (in == DataType::C32 && out == in) return {native_tile<std::complex<float>>};
      if ((in == DataType::F16 || in == DataType::BF16) && (out == in || out == DataType::F32)) {
        return {float_tile, kConvertedTile};
      }
      return in == DataType::I8 && out == DataType::F32 ? Method{float_tile, kConvertedTile} : Method{};
  }
  return {};
}

Method method_for(const GemmShape& shape) {
  constexpr std::int64_t kThinTile = 2048, kPackedTile = 512;
  constexpr std::int64_t kLongestExactSum = std::int64_t{1} << 16;  // of products of I8, in I32
  const DataType in = shape.type_a;
  const Method general = general_method_for(shape);
  if (general.tile == nullptr) return general;
  if (in == DataType::I8 && shape.type_c != DataType::I32 && shape.k > kLongestExactSum) return general;
  const bool along_depth = shape.operation_a != Operation::None;
  const PackedMethod* packed = packed_method(in);
  const bool few = packed == nullptr || !along_depth || shape.n < packed->fewest_columns;
  if (few && shape.n <= kThinColumns && has_thin_products(in, along_depth)) return {thin_tile, kThinTile};
  if (packed == nullptr || std::min(shape.m, shape.n) > packed->largest_short_side) return general;
  return {packed_tile, kPackedTile};
}

}  // namespace

bool gemm_supported(const GemmShape& shape) {
  return general_method_for(shape).tile != nullptr;
}

void gemm(const GemmShape& shape, Scalar alpha, Scalar beta, std::int64_t batch,
          const std::function<GemmOperands(std::int64_t)>& operands) {
  Method method = method_for(shape);
  if (method.tile == nullptr || shape.m <= 0 || shape.n <= 0 || batch <= 0) return;
  if (shape.k <= 0 || alpha == Scalar(0)) {
    if (beta == Scalar(1)) return;
    method.tile = scale_tile;
  }
  const Tiling tiling(shape, batch, method.largest_tile);
  const std::int64_t tiles = tiling.down * tiling.across;
  parallel_for(batch * tiles, [&](std::int64_t index) {
    method.tile(shape, alpha, beta, operands(index / tiles), tiling.bounds(shape, index % tiles));
  });
}

}  // namespace vgpu::blas
