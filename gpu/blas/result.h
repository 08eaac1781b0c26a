#pragma once

#include "gpu/blas/product.h"

namespace vgpu::blas {

// Where a tile of C goes, column-major: F16, BF16, F32 or I32.
struct ResultTile {
  DataType type = DataType::F32;
  std::byte* c = nullptr;
  std::int64_t ldc = 0, rows = 0, columns = 0;
};

// C = alpha sums + beta C, with sums of F32, or of I32 where the factors were I8. Integer results wrap, C is not read
// where beta is 0.
void write_result(const Sums& sums, DataType factors, Scalar alpha, Scalar beta, const ResultTile& tile);

}  // namespace vgpu::blas
