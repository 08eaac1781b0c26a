#pragma once

#include <cstdint>
#include <string>

#include "tests/tools/gguf_writer.h"
#include "tests/tools/random.h"

namespace vgpu::testing {

// Random weights of mean 0 and, for rows of `row` values, standard deviation 1/sqrt(row), which keeps activations of a
// deep model in range.
class RandomWeights {
 public:
  explicit RandomWeights(std::uint64_t seed) : random_(seed) {}

  // `elements` values (a multiple of 32) of a tensor, in the bytes of `type`; with `dequantized` the same values as
  // F32, so that a reference can be computed without the error of quantised activations.
  std::string draw(TensorType type, bool dequantized, std::uint64_t row, std::uint64_t elements);

 private:
  Random random_;
};

}  // namespace vgpu::testing
