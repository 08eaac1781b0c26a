#include <gtest/gtest.h>

#include "tests/ptx/jit_runner.h"
#include "tests/ptx/opcode_cases.h"

// Every opcode case through the JIT, once for each instruction set that this machine has.
namespace vgpu::test {
namespace {

struct Variant {
  const char* name;
  jit::InstructionSet set;
  bool aligned_block;
};

jit::Target lowered(jit::InstructionSet set) {
  jit::Target target = jit::host_target();
  if (set == target.set) return target;
  target = {};
  target.set = set;
  target.cpu = set == jit::InstructionSet::Avx2 ? "x86-64-v3" : "x86-64-v2";
  return target;
}

void run_cases(const Variant& variant) {
  if (variant.set > jit::host_target().set) GTEST_SKIP() << "this machine has no " << variant.name;
  const jit::Target target = lowered(variant.set);
  const Engine engine = [&](const std::string& text, const std::string& entry) {
    return compile_runner(text, entry, variant.aligned_block, target);
  };
  for (const OpcodeCase& test : opcode_cases()) {
    for (const std::string& line : run_case(test, engine)) ADD_FAILURE() << test.name << ": " << line;
  }
}

TEST(CompiledOpcode, Avx512) {
  run_cases({"AVX-512", jit::InstructionSet::Avx512, true});
}
TEST(CompiledOpcode, Avx512AnyBlock) {
  run_cases({"AVX-512", jit::InstructionSet::Avx512, false});
}
TEST(CompiledOpcode, Avx2) {
  run_cases({"AVX2", jit::InstructionSet::Avx2, true});
}
TEST(CompiledOpcode, V2) {
  run_cases({"x86-64-v2", jit::InstructionSet::V2, true});
}

}  // namespace
}  // namespace vgpu::test
