// The interpreter decodes every kernel of real programs: no opcode is missing.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>

#include "gpu/fatbin/elf_section.h"
#include "gpu/fatbin/fatbin.h"
#include "gpu/interp/interpreter.h"
#include "gpu/ptx/module.h"

namespace vgpu::interp {
namespace {

constexpr const char* kCuda12 = "/@node-llama-cpp/linux-x64-cuda-ext/bins/linux-x64-cuda/fallback/libggml-cuda.so";
constexpr const char* kCuda13 = "/@node-llama-cpp/linux-x64-cuda/bins/linux-x64-cuda/libggml-cuda.so";

struct Program {
  const char* name;
  const char* path;  // below VGPU_TEST_NODE_MODULES
  unsigned arch;
};

class InterpreterCorpus : public ::testing::TestWithParam<Program> {
 protected:
  void check_module(const std::shared_ptr<const ptx::Module>& module) {
    for (const ptx::EntrySignature& entry : module->entries()) {
      auto function = module->parse_entry(entry.name);
      ASSERT_TRUE(function) << function.error().message;
      const auto kernel = prepare(std::move(*function));
      ++entries_;
      if (!kernel) refusals_.insert(kernel.error().message.substr(kernel.error().message.find(": ")));
    }
  }

  std::size_t entries_ = 0;
  std::set<std::string> refusals_;
};

TEST_P(InterpreterCorpus, EveryEntryIsDecoded) {
  const char* folder = std::getenv("VGPU_TEST_NODE_MODULES");
  if (folder == nullptr) GTEST_SKIP() << "VGPU_TEST_NODE_MODULES is unset: no CUDA programs to read";
  const auto file = fatbin::ElfFile::open(folder + std::string(GetParam().path));
  ASSERT_TRUE(file) << file.error().message;
  for (const auto container : file->containers()) {
    const auto images = fatbin::read_container(container);
    ASSERT_TRUE(images) << images.error().message;
    for (const fatbin::Entry& image : *images) {
      if (image.kind != fatbin::Kind::Ptx || image.arch != GetParam().arch) continue;
      auto text = fatbin::unpack(image);
      ASSERT_TRUE(text) << text.error().message;
      auto module = ptx::Module::parse(std::move(*text));
      ASSERT_TRUE(module) << module.error().message;
      ASSERT_NO_FATAL_FAILURE(check_module(*module));
    }
  }
  EXPECT_GT(entries_, 6000u);
  for (const std::string& refusal : refusals_) ADD_FAILURE() << refusal;
}

INSTANTIATE_TEST_SUITE_P(Llama, InterpreterCorpus,
                         ::testing::Values(Program{"cuda12_sm61", kCuda12, 61}, Program{"cuda12_sm70", kCuda12, 70},
                                           Program{"cuda12_sm75", kCuda12, 75}, Program{"cuda13_sm90", kCuda13, 90}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace vgpu::interp
