#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/ptx/harness.h"

// Every opcode with inputs at the edges and results computed by plain scalar code. The cases do not know what runs
// them: run_case() takes any engine.
namespace vgpu::test {

// What the lanes of an input or output hold, and how outputs are compared.
enum class Kind {
  Pred,
  I8,  // any bits, 8 of them
  I16,
  I32,
  I64,
  Shift,  // input: 32-bit amounts around the widths
  F16,    // outputs: any NaN equals any NaN
  BF16,
  F16x2,
  F32,
  F64,
  Approx,  // output: f32 within the case's error
};

using Lanes = std::array<std::uint64_t, 32>;
using Reference = std::function<void(const std::vector<Lanes>& in, std::vector<Lanes>& out)>;

struct OpcodeCase {
  std::string name;  // the full opcode; more words may follow a space
  std::string body;  // PTX that computes %o0, %o1 … from %i0, %i1 …
  std::vector<Kind> inputs;
  std::vector<Kind> outputs;
  Reference reference;
  // Approx: |result - expected| <= absolute + relative * |expected|.
  double relative = 0;
  double absolute = 0;
};

const std::vector<OpcodeCase>& opcode_cases();

// The module in which a case's body runs; its entry is "test".
std::string case_module(const OpcodeCase& test);

// Runs a case with several sets of inputs; returns one line a wrong lane (at most a few), empty when all are right.
std::vector<std::string> run_case(const OpcodeCase& test, const Engine& engine);

}  // namespace vgpu::test
