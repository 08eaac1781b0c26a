#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>

namespace vgpu::blas {

enum class DataType : std::uint8_t { F16, BF16, F32, F64, C32, C64, I8, I32 };  // C32: a complex of two F32

// What sums and scalars are: F16 is summed in F32 and only the result is rounded, which is at least as exact.
enum class ComputeType : std::uint8_t { F16, F32, F64, I32 };

enum class Operation : std::uint8_t { None, Transpose, ConjugateTranspose };

// Floats of 16 bits as they lie in memory.
struct Half {
  std::uint16_t bits;
};
struct Bfloat {
  std::uint16_t bits;
};

// alpha or beta of any type: a double holds F16, BF16, F32, F64 and I32 values exactly.
using Scalar = std::complex<double>;

constexpr std::size_t size_of(DataType type) {
  switch (type) {
    case DataType::I8:
      return 1;
    case DataType::F16:
    case DataType::BF16:
      return 2;
    case DataType::F32:
    case DataType::I32:
      return 4;
    case DataType::F64:
    case DataType::C32:
      return 8;
    case DataType::C64:
      return 16;
  }
  return 0;
}

}  // namespace vgpu::blas
