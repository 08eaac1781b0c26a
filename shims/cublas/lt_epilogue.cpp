#include "shims/cublas/lt_epilogue.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gpu/blas/convert.h"
#include "gpu/blas/parallel.h"

namespace vgpu::cublas {
namespace {

using blas::DataType;

constexpr float kSquareRootOfTwoOverPi = 0.7978845608F;
constexpr float kCubicTerm = 0.044715F;

float gelu(float x) {
  return 0.5F * x * (1 + std::tanh(kSquareRootOfTwoOverPi * (x + kCubicTerm * x * x * x)));
}

float gelu_slope(float x) {
  const float t = std::tanh(kSquareRootOfTwoOverPi * (x + kCubicTerm * x * x * x));
  return 0.5F * (1 + t) + 0.5F * x * (1 - t * t) * kSquareRootOfTwoOverPi * (1 + 3 * kCubicTerm * x * x);
}

template <class Pointer>
Pointer advance(Pointer pointer, DataType type, std::int64_t elements) {
  using Byte = std::conditional_t<std::is_const_v<std::remove_pointer_t<Pointer>>, const std::byte, std::byte>;
  return static_cast<Byte*>(pointer) + elements * static_cast<std::int64_t>(blas::size_of(type));
}

bool is_float(DataType type) {
  return type == DataType::F16 || type == DataType::BF16 || type == DataType::F32;
}

}  // namespace

bool Epilogue::complete() const {
  const bool with_bias = has(kBias | kBiasGradient | kBiasGradientOfA | kBiasGradientOfB);
  return (!with_bias || bias != nullptr) && (!has(kAuxiliary) || auxiliary != nullptr);
}

void Epilogue::finish(float* sums, std::int64_t m, std::int64_t n, std::int64_t index, void* d,
                      std::int64_t ldd) const {
  std::vector<float> bias_values(static_cast<std::size_t>(has(kBias) ? (transposed ? n : m) : 0));
  if (has(kBias)) {
    blas::to_float(bias_type, advance(bias, bias_type, index * bias_stride), bias_values.data(),
                   static_cast<std::int64_t>(bias_values.size()));
  }
  blas::parallel_for(n, [&](std::int64_t column) {
    float* const values = sums + column * m;
    finish_column(values, m, column, bias_values.data(), index);
    blas::from_float(type_d, values, advance(d, type_d, column * ldd), m);
  });
  if (!has(kBiasGradient)) return;
  std::vector<float> gradient(static_cast<std::size_t>(m));
  for (std::int64_t column = 0; column < n; ++column) {
    for (std::int64_t row = 0; row < m; ++row) gradient[static_cast<std::size_t>(row)] += sums[row + column * m];
  }
  write_gradient(gradient.data(), m, index);
}

void Epilogue::finish_column(float* values, std::int64_t rows, std::int64_t column, const float* bias_values,
                             std::int64_t index) const {
  for (std::int64_t row = 0; has(kBias) && row < rows; ++row) values[row] += bias_values[transposed ? column : row];
  if (has(kAuxiliary)) keep_or_use(values, rows, column, index);
  for (std::int64_t row = 0; row < rows; ++row) {
    if (has(kRelu)) values[row] = values[row] < 0 ? 0 : values[row];
    if (has(kGelu)) values[row] = gelu(values[row]);
  }
}

void Epilogue::keep_or_use(float* values, std::int64_t rows, std::int64_t column, std::int64_t index) const {
  const std::int64_t first = index * auxiliary_stride + column * auxiliary_ld;
  if (has(kGelu)) {
    blas::from_float(auxiliary_type, values, advance(auxiliary, auxiliary_type, first), rows);
  } else if (has(kGeluGradient)) {
    std::vector<float> inputs(static_cast<std::size_t>(rows));
    blas::to_float(auxiliary_type, advance(auxiliary, auxiliary_type, first), inputs.data(), rows);
    for (std::int64_t row = 0; row < rows; ++row) values[row] *= gelu_slope(inputs[static_cast<std::size_t>(row)]);
  } else {
    auto* const bits = static_cast<std::uint8_t*>(auxiliary) + first / 8;
    for (std::int64_t row = 0; row < rows; ++row) {
      const auto bit = static_cast<std::uint8_t>(1U << (row % 8));
      std::uint8_t& byte = bits[row / 8];
      if (has(kReluGradient)) {
        if ((byte & bit) == 0) values[row] = 0;
      } else {
        byte = static_cast<std::uint8_t>(values[row] > 0 ? byte | bit : byte & ~bit);
      }
    }
  }
}

void Epilogue::sum_factor(const blas::GemmShape& shape, const blas::GemmOperands& with, std::int64_t index) const {
  const bool of_a = has(kBiasGradientOfA);
  const DataType type = of_a ? shape.type_a : shape.type_b;
  const void* const factor = of_a ? with.a : with.b;
  const std::int64_t ld = of_a ? shape.lda : shape.ldb;
  const std::int64_t count = of_a ? shape.m : shape.n;
  // Whether the sums run along the stored rows: then a stored column has one term of every sum.
  const bool along_rows = of_a == ((of_a ? shape.operation_a : shape.operation_b) == blas::Operation::None);
  const std::int64_t rows = along_rows ? count : shape.k;
  const std::int64_t columns = along_rows ? shape.k : count;
  std::vector<float> line(static_cast<std::size_t>(rows));
  std::vector<float> sums(static_cast<std::size_t>(count));
  for (std::int64_t column = 0; column < columns; ++column) {
    blas::to_float(type, advance(factor, type, column * ld), line.data(), rows);
    for (std::int64_t row = 0; row < rows; ++row) {
      sums[static_cast<std::size_t>(along_rows ? row : column)] += line[static_cast<std::size_t>(row)];
    }
  }
  write_gradient(sums.data(), count, index);
}

void Epilogue::write_gradient(const float* sums, std::int64_t count, std::int64_t index) const {
  blas::from_float(bias_type, sums, advance(bias, bias_type, index * bias_stride), count);
}

cublasStatus_t check_epilogue(const LtMatmulDescriptor& descriptor, const blas::GemmShape& shape, Epilogue& epilogue) {
  epilogue.parts = descriptor.epilogue;
  if (std::ranges::find(kEpilogues, epilogue.parts) == std::end(kEpilogues)) {
    return refuse("cublasLtMatmul: an epilogue of an unknown number");
  }
  epilogue.type_d = shape.type_c;
  if (epilogue.parts == kEpilogueNone) return kSuccess;
  if (!is_float(shape.type_a) || !is_float(shape.type_c)) return kNotSupported;
  if (epilogue.transposed && !epilogue.has(kRelu | kGelu | kBias)) {
    return refuse("cublasLtMatmul: the epilogue of a gradient and a D in row order");
  }
  if (epilogue.transposed && epilogue.has(kAuxiliary)) {
    return refuse("cublasLtMatmul: an epilogue with an auxiliary matrix and a D in row order");
  }
  const auto bias_type = descriptor.bias_type < 0 ? shape.type_c : to_data_type(descriptor.bias_type);
  const auto auxiliary_type = descriptor.auxiliary_type < 0 ? shape.type_c : to_data_type(descriptor.auxiliary_type);
  if (!bias_type || !is_float(*bias_type)) return kNotSupported;
  epilogue.bias_type = *bias_type;
  epilogue.bias = const_cast<void*>(descriptor.bias);
  epilogue.bias_stride = descriptor.bias_batch_stride;
  if (!epilogue.has(kAuxiliary)) return kSuccess;
  const bool of_gelu = epilogue.has(kGelu | kGeluGradient);
  if (of_gelu && (!auxiliary_type || !is_float(*auxiliary_type))) return kNotSupported;
  if (of_gelu) epilogue.auxiliary_type = *auxiliary_type;
  const std::int64_t multiple = of_gelu ? 8 : 128;
  if (descriptor.auxiliary_ld < shape.m || descriptor.auxiliary_ld % multiple != 0 ||
      descriptor.auxiliary_batch_stride % multiple != 0) {
    return kInvalidValue;
  }
  epilogue.auxiliary = descriptor.auxiliary;
  epilogue.auxiliary_ld = descriptor.auxiliary_ld;
  epilogue.auxiliary_stride = descriptor.auxiliary_batch_stride;
  return kSuccess;
}

}  // namespace vgpu::cublas
