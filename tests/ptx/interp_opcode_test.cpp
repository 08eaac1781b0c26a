#include <gtest/gtest.h>

#include "gpu/interp/interpreter.h"
#include "gpu/ptx/module.h"
#include "tests/ptx/opcode_cases.h"

namespace vgpu::test {
namespace {

Expected<WarpRunner> interpret(const std::string& text, const std::string& entry) {
  auto module = ptx::Module::parse(text);
  if (!module) return std::unexpected(module.error());
  auto function = (*module)->parse_entry(entry);
  if (!function) return std::unexpected(function.error());
  auto kernel = interp::prepare(std::move(*function));
  if (!kernel) return std::unexpected(kernel.error());
  std::shared_ptr<interp::InterpretedKernel> shared(std::move(*kernel));
  return [shared](WarpContext* context) { interp::run(*shared, context); };
}

class InterpretedOpcode : public testing::TestWithParam<OpcodeCase> {};

TEST_P(InterpretedOpcode, GivesTheReferenceResult) {
  for (const std::string& line : run_case(GetParam(), interpret)) ADD_FAILURE() << GetParam().name << ": " << line;
}

std::string test_name(const testing::TestParamInfo<OpcodeCase>& info) {
  std::string name;
  for (const char c : info.param.name) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name + "_" + std::to_string(info.index);
}

// The cases can fail: a kernel that does nothing is found wrong wherever an expected output is not zero.
TEST(OpcodeCases, FindAnEngineThatDoesNothing) {
  const Engine idle = [](const std::string&, const std::string&) -> Expected<WarpRunner> {
    return [](WarpContext*) {};
  };
  std::string missed;
  for (const OpcodeCase& test : opcode_cases())
    if (run_case(test, idle).empty()) missed += test.name + "; ";
  EXPECT_EQ(missed, "mov.u32 %tid.y; mov.u32 %ctaid.x; ");
}

TEST(Interpreter, RefusesWhatItDoesNotHave) {
  const auto runner = interpret(
      ".version 8.4\n.target sm_90\n.address_size 64\n.visible .entry test()\n{\n  .reg .b32 %r<4>;\n"
      "  mapa.shared::cluster.u32 %r0, %r1, %r2;\n  ret;\n}\n",
      "test");
  ASSERT_FALSE(runner.has_value());
  EXPECT_NE(runner.error().message.find("mapa"), std::string::npos) << runner.error().message;
}

INSTANTIATE_TEST_SUITE_P(Cases, InterpretedOpcode, testing::ValuesIn(opcode_cases()), test_name);

}  // namespace
}  // namespace vgpu::test
