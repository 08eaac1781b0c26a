#pragma once

#include <cstddef>
#include <cstdint>

#include "shims/cublas/abi.h"

// cublasLt's descriptors. Programs may hold them in their own memory (cublasLtMatrixLayoutOpaque_t and its kin), so
// they are plain data no larger than the smallest public size of each.
using cublasLtHandle_t = void*;  // any non-null pointer: a cublasHandle_t of the other library counts as one

struct LtMatrixLayout {
  cudaDataType_t type;
  std::int32_t order;  // 0: by columns, 1: by rows, 2: by columns of 32 (transforms only)
  std::uint64_t rows, columns;
  std::int64_t ld;
  std::int32_t batch_count;
  std::int64_t batch_stride;  // elements
};
static_assert(sizeof(LtMatrixLayout) <= 8 * sizeof(std::uint64_t));

struct LtMatmulDescriptor {
  cublasComputeType_t compute;
  cudaDataType_t scale_type;
  std::int32_t pointer_mode;
  cublasOperation_t operation_a, operation_b, operation_c;
  std::int32_t fill_mode;
  std::uint32_t epilogue;
  const void* bias;
  std::int64_t bias_batch_stride;
  std::int32_t bias_type;  // -1: that of D
  std::int32_t multiprocessor_target;
  std::int8_t fast_accumulation;
  std::int32_t auxiliary_type;  // -1: that of D
  void* auxiliary;
  std::int64_t auxiliary_ld, auxiliary_batch_stride;  // elements, which are bits for ReLU's
};
static_assert(sizeof(LtMatmulDescriptor) <= 20 * sizeof(std::uint64_t));

struct LtMatmulPreference {
  std::uint32_t search_mode;
  std::uint64_t maximum_workspace;
  std::uint32_t reduction_schemes;
  std::uint32_t alignment_a, alignment_b, alignment_c, alignment_d;
  float maximum_waves;
};
static_assert(sizeof(LtMatmulPreference) <= 8 * sizeof(std::uint64_t));

struct LtTransformDescriptor {
  cudaDataType_t scale_type;
  std::int32_t pointer_mode;
  cublasOperation_t operation_a, operation_b;
};
static_assert(sizeof(LtTransformDescriptor) <= 8 * sizeof(std::uint64_t));

// There is one algorithm, whose number is 0 and whose settings are all 0.
struct LtMatmulAlgorithm {
  std::int32_t id;
  std::uint32_t tile;
  std::int32_t split_k;
  std::uint32_t reduction_scheme, swizzling, custom_option, stages;
  std::uint16_t inner_shape, cluster_shape;
  std::uint64_t reserved[4];
};
static_assert(sizeof(LtMatmulAlgorithm) == 8 * sizeof(std::uint64_t));

struct LtHeuristicResult {
  LtMatmulAlgorithm algorithm;
  std::size_t workspace_size;
  cublasStatus_t state;
  float waves_count;
  std::int32_t reserved[4];
};
static_assert(sizeof(LtHeuristicResult) == 96);
