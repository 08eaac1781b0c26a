// The opcode cases are only as good as their list: every full opcode in the PTX of two real programs, for the compute
// capabilities that profiles choose, occurs in some case, or is exercised by the test that is named here.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "gpu/fatbin/elf_section.h"
#include "gpu/fatbin/fatbin.h"
#include "gpu/ptx/module.h"
#include "gpu/ptx/print.h"
#include "tests/ptx/opcode_cases.h"

namespace vgpu::test {
namespace {

// Control flow, which has no result of its own in one warp.
const std::set<std::string>& tested_elsewhere() {
  static const std::set<std::string> opcodes = {
      "bra",      "bra.uni",      "ret",          "exit",  // jit_flow_test, kernel_differential_test
      "trap",     "call.uni",     "st.param.b64",          // faults_test, gpu_programs_test
      "bar.sync", "barrier.sync",                          // gpu_programs_test, exec_launch_test
  };
  return opcodes;
}

void add_opcodes(const ptx::Module& module, std::set<std::string>& opcodes) {
  for (const ptx::EntrySignature& entry : module.entries()) {
    const auto function = module.parse_entry(entry.name);
    ASSERT_TRUE(function) << entry.name << ": " << function.error().message;
    for (const ptx::Instruction& instruction : function->instructions) opcodes.insert(ptx::full_opcode(instruction));
  }
}

std::set<std::string> opcodes_of_cases() {
  std::set<std::string> opcodes;
  for (const OpcodeCase& test : opcode_cases()) {
    const auto module = ptx::Module::parse(case_module(test));
    if (module) add_opcodes(**module, opcodes);
  }
  return opcodes;
}

std::set<std::string> opcodes_of_program(const std::string& path, unsigned arch) {
  std::set<std::string> opcodes;
  const auto file = fatbin::ElfFile::open(path);
  if (!file) return opcodes;
  for (const auto container : file->containers()) {
    const auto images = fatbin::read_container(container);
    if (!images) continue;
    for (const fatbin::Entry& image : *images) {
      if (image.kind != fatbin::Kind::Ptx || image.arch != arch) continue;
      auto text = fatbin::unpack(image);
      if (!text) continue;
      const auto module = ptx::Module::parse(std::move(*text));
      if (module) add_opcodes(**module, opcodes);
    }
  }
  return opcodes;
}

TEST(OpcodeCoverage, EveryOpcodeOfRealProgramsHasACase) {
  const char* modules = std::getenv("VGPU_TEST_NODE_MODULES");
  if (modules == nullptr) GTEST_SKIP() << "VGPU_TEST_NODE_MODULES is unset: no CUDA programs to read";
  const std::string folder = std::string(modules) + "/@node-llama-cpp/";
  const std::string cuda12 = folder + "linux-x64-cuda-ext/bins/linux-x64-cuda/fallback/libggml-cuda.so";
  const std::string cuda13 = folder + "linux-x64-cuda/bins/linux-x64-cuda/libggml-cuda.so";
  std::set<std::string> wanted = opcodes_of_program(cuda12, 61);
  wanted.merge(opcodes_of_program(cuda12, 75));
  wanted.merge(opcodes_of_program(cuda13, 75));
  ASSERT_GT(wanted.size(), 300u) << "too few opcodes in " << folder;
  const std::set<std::string> covered = opcodes_of_cases();
  unsigned missing = 0;
  for (const std::string& opcode : wanted) {
    if (covered.contains(opcode) || tested_elsewhere().contains(opcode)) continue;
    ADD_FAILURE() << opcode << " has no case";
    ++missing;
  }
  std::printf("%zu opcodes in the programs, %zu in the cases, %u without a case\n", wanted.size(), covered.size(),
              missing);
}

}  // namespace
}  // namespace vgpu::test
