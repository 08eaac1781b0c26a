#pragma once

#include "gpu/blas/product.h"

namespace vgpu::blas {

// Columns of op(B) with which a product is bound by reading A: it is read once, as it is.
constexpr std::int64_t kThinColumns = 8;

// Whether multiply_thin computes products of this type with op(A)'s lines along the depth, or not.
bool has_thin_products(DataType type, bool along_depth);

// op(A) op(B) with at most kThinColumns columns.
Sums multiply_thin(const Product& product);

}  // namespace vgpu::blas
