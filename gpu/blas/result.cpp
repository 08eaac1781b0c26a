#include "gpu/blas/result.h"

#include <vector>

#include "gpu/blas/convert.h"

namespace vgpu::blas {
namespace {

template <class T>
void write_floats(const Sums& sums, float alpha, float beta, const ResultTile& tile) {
  thread_local std::vector<float> buffer;
  if (buffer.size() < static_cast<std::size_t>(2 * tile.rows)) buffer.resize(static_cast<std::size_t>(2 * tile.rows));
  float* line = buffer.data();
  float* old = line + tile.rows;
  for (std::int64_t column = 0; column < tile.columns; ++column) {
    std::byte* to = tile.c + column * tile.ldc * static_cast<std::int64_t>(size_of(tile.type));
    const T* from = static_cast<const T*>(sums.values) + column * sums.ld;
    if (beta == 0) {
      for (std::int64_t row = 0; row < tile.rows; ++row) line[row] = alpha * static_cast<float>(from[row]);
    } else {
      to_float(tile.type, to, old, tile.rows);
      for (std::int64_t row = 0; row < tile.rows; ++row) {
        line[row] = alpha * static_cast<float>(from[row]) + beta * old[row];
      }
    }
    from_float(tile.type, line, to, tile.rows);
  }
}

void write_integers(const Sums& sums, std::uint32_t alpha, std::uint32_t beta, const ResultTile& tile) {
  for (std::int64_t column = 0; column < tile.columns; ++column) {
    auto* to = reinterpret_cast<std::uint32_t*>(tile.c) + column * tile.ldc;
    const std::uint32_t* from = static_cast<const std::uint32_t*>(sums.values) + column * sums.ld;
    if (beta == 0) {
      for (std::int64_t row = 0; row < tile.rows; ++row) to[row] = alpha * from[row];
    } else {
      for (std::int64_t row = 0; row < tile.rows; ++row) to[row] = alpha * from[row] + beta * to[row];
    }
  }
}

}  // namespace

void write_result(const Sums& sums, DataType factors, Scalar alpha, Scalar beta, const ResultTile& tile) {
  const auto integer = [](Scalar value) { return static_cast<std::uint32_t>(static_cast<std::int64_t>(value.real())); };
  const auto alpha_float = static_cast<float>(alpha.real());
  const auto beta_float = static_cast<float>(beta.real());
  if (tile.type == DataType::I32) {
    write_integers(sums, integer(alpha), integer(beta), tile);
  } else if (factors == DataType::I8) {
    write_floats<std::int32_t>(sums, alpha_float, beta_float, tile);
  } else {
    write_floats<float>(sums, alpha_float, beta_float, tile);
  }
}

}  // namespace vgpu::blas
