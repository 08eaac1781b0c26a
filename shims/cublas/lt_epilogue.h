#pragma once

#include <cstdint>

#include "shims/cublas/arguments.h"
#include "shims/cublas/lt_types.h"

// What cublasLtMatmul does to a product before it is written.
namespace vgpu::cublas {

// The numbers of the public documentation: one bit for each part.
inline constexpr std::uint32_t kEpilogueNone = 1, kRelu = 2, kBias = 4, kReluGradient = 8, kBiasGradient = 16,
                               kGelu = 32, kGeluGradient = 64, kAuxiliary = 128, kBiasGradientOfA = 256,
                               kBiasGradientOfB = 512;

// The epilogues that there are.
inline constexpr std::uint32_t kEpilogues[] = {
    kEpilogueNone,
    kRelu,
    kBias,
    kRelu | kBias,
    kRelu | kAuxiliary,
    kRelu | kAuxiliary | kBias,
    kReluGradient | kAuxiliary,
    kReluGradient | kAuxiliary | kBiasGradient,
    kGelu,
    kGelu | kBias,
    kGelu | kAuxiliary,
    kGelu | kAuxiliary | kBias,
    kGeluGradient | kAuxiliary,
    kGeluGradient | kAuxiliary | kBiasGradient,
    kBiasGradientOfA,
    kBiasGradientOfB,
};

struct Epilogue {
  std::uint32_t parts = kEpilogueNone;
  bool transposed = false;  // the product is D^T: D is stored by rows
  blas::DataType type_d = blas::DataType::F32;
  blas::DataType bias_type = blas::DataType::F32;
  void* bias = nullptr;  // a vector as long as D has rows, read; a gradient, written
  std::int64_t bias_stride = 0;
  blas::DataType auxiliary_type = blas::DataType::F32;
  void* auxiliary = nullptr;  // by columns: GELU's input, or a bit for each input of ReLU that passed
  std::int64_t auxiliary_ld = 0, auxiliary_stride = 0;

  [[nodiscard]] bool has(std::uint32_t part) const { return (parts & part) != 0; }
  // Nothing between the sums and D.
  [[nodiscard]] bool plain() const { return has(kEpilogueNone | kBiasGradientOfA | kBiasGradientOfB); }
  // Whether every pointer that it reads or writes is there.
  [[nodiscard]] bool complete() const;

  // Takes the m x n sums of product `index` to D, which has a leading dimension. The sums change.
  void finish(float* sums, std::int64_t m, std::int64_t n, std::int64_t index, void* d, std::int64_t ldd) const;

  // The bias gradient that is the sum over op(A)'s or op(B)'s k.
  void sum_factor(const blas::GemmShape& shape, const blas::GemmOperands& with, std::int64_t index) const;

 private:
  void finish_column(float* values, std::int64_t rows, std::int64_t column, const float* bias_values,
                     std::int64_t index) const;
  void keep_or_use(float* values, std::int64_t rows, std::int64_t column, std::int64_t index) const;
  void write_gradient(const float* sums, std::int64_t count, std::int64_t index) const;
};

// Fills `epilogue` from the descriptor for a D of m rows, or says why it cannot be.
cublasStatus_t check_epilogue(const LtMatmulDescriptor& descriptor, const blas::GemmShape& shape, Epilogue& epilogue);

}  // namespace vgpu::cublas
