#include "tests/bench/kernels/native.h"

#include <algorithm>

namespace vgpu::bench {

void native_saxpy(float a, std::span<const float> x, std::span<float> y) {
  const float* from = x.data();
  float* to = y.data();
  for (std::size_t i = 0; i < y.size(); ++i) to[i] += a * from[i];
}

void native_reduction(std::span<const float> values, std::size_t length, std::span<float> sums) {
  constexpr std::size_t kLanes = 32;
  for (std::size_t block = 0; block < sums.size(); ++block) {
    const float* run = values.data() + block * length;
    float lanes[kLanes] = {};
    for (std::size_t i = 0; i < length; i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += run[i + lane];
    }
    float sum = 0;
    for (const float lane : lanes) sum += lane;
    sums[block] = sum;
  }
}

void native_transpose(std::span<const float> matrix, std::size_t size, std::span<float> result) {
  constexpr std::size_t kTile = 32;
  for (std::size_t row = 0; row < size; row += kTile) {
    for (std::size_t column = 0; column < size; column += kTile) {
      for (std::size_t i = column; i < column + kTile; ++i) {
        for (std::size_t j = row; j < row + kTile; ++j) result[i * size + j] = matrix[j * size + i];
      }
    }
  }
}

void native_sgemm(std::span<const float> a, std::span<const float> b, std::size_t size, std::span<float> c) {
  std::ranges::fill(c, 0.0F);
  for (std::size_t i = 0; i < size; ++i) {
    float* const row = c.data() + i * size;
    for (std::size_t k = 0; k < size; ++k) {
      const float factor = a[i * size + k];
      const float* const other = b.data() + k * size;
      for (std::size_t j = 0; j < size; ++j) row[j] += factor * other[j];
    }
  }
}

void native_mat_vec(const Quantized& matrix, const Quantized& vector, std::size_t columns, std::span<float> result) {
  constexpr std::size_t kScaled = 32;
  for (std::size_t row = 0; row < result.size(); ++row) {
    const std::int8_t* const left = matrix.values.data() + row * columns;
    const float* const scales = matrix.scales.data() + row * columns / kScaled;
    float sum = 0;
    for (std::size_t block = 0; block < columns / kScaled; ++block) {
      int product = 0;
      for (std::size_t i = 0; i < kScaled; ++i) {
        product += left[block * kScaled + i] * vector.values[block * kScaled + i];
      }
      sum += static_cast<float>(product) * scales[block] * vector.scales[block];
    }
    result[row] = sum;
  }
}

}  // namespace vgpu::bench
