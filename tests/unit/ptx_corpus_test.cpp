// Every PTX module of real programs: read, parsed and analysed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <unordered_map>

#include "gpu/fatbin/elf_section.h"
#include "gpu/fatbin/fatbin.h"
#include "gpu/ptx/control_flow.h"
#include "gpu/ptx/module.h"
#include "gpu/ptx/print.h"

namespace vgpu::ptx {
namespace {

struct Program {
  const char* name;
  const char* path;  // below VGPU_TEST_NODE_MODULES
  unsigned arch;
  std::size_t entries;  // as counted by a text search
};

constexpr const char* kCuda12 = "/@node-llama-cpp/linux-x64-cuda-ext/bins/linux-x64-cuda/fallback/libggml-cuda.so";
constexpr const char* kCuda13 = "/@node-llama-cpp/linux-x64-cuda/bins/linux-x64-cuda/libggml-cuda.so";

// Empty, or what is wrong with the analysis of the function.
std::string broken_invariant(const Function& function, const ControlFlow& flow) {
  const std::size_t count = function.blocks.size();
  std::vector<bool> reachable(count);
  std::vector<std::uint32_t> work{0};
  reachable[0] = true;
  while (!work.empty()) {
    const std::uint32_t block = work.back();
    work.pop_back();
    for (const std::uint32_t next : function.blocks[block].successors) {
      if (!reachable[next]) work.push_back(next);
      reachable[next] = true;
    }
  }
  if (flow.order.size() != static_cast<std::size_t>(std::ranges::count(reachable, true))) return "length of order";
  for (std::uint32_t i = 0; i < flow.order.size(); ++i) {
    if (!reachable[flow.order[i]] || flow.position[flow.order[i]] != i) return "order is no permutation";
  }
  for (const std::uint32_t block : flow.order) {
    const std::uint32_t dominator = flow.dominator[block];
    if ((dominator == kNoBlock) != (block == 0)) return "only the start has no dominator";
    if (block != 0 && flow.position[dominator] >= flow.position[block]) return "dominator behind its block";
  }
  for (const Loop& loop : flow.loops) {
    const std::uint32_t first = flow.position[loop.header];
    for (const std::uint32_t block : loop.blocks) {
      if (flow.position[block] - first >= loop.blocks.size()) return "loop is not contiguous";
    }
  }
  if (!flow.reducible) return {};
  for (const std::uint32_t block : flow.order) {
    for (const std::uint32_t next : function.blocks[block].successors) {
      if (flow.position[next] > flow.position[block]) continue;
      const auto is_its_loop = [&](const Loop& loop) {
        return loop.header == next && std::ranges::find(loop.blocks, block) != loop.blocks.end();
      };
      if (!std::ranges::any_of(flow.loops, is_its_loop)) return "backward edge that is no loop's";
    }
  }
  return {};
}

class PtxCorpus : public ::testing::TestWithParam<Program> {
 protected:
  void check_module(std::shared_ptr<const Module> module) {
    ++modules_;
    for (const EntrySignature& entry : module->entries()) {
      ++entries_;
      const auto function = module->parse_entry(entry.name);
      ASSERT_TRUE(function) << function.error().message;
      instructions_ += function->instructions.size();
      const ControlFlow flow = analyze_control_flow(*function);
      ASSERT_EQ(broken_invariant(*function, flow), "") << entry.name;
      irreducible_ += flow.reducible ? 0u : 1u;
      const Liveness live = analyze_liveness(*function, flow);
      ASSERT_EQ(live.live_in.size(), function->blocks.size());
      read_before_written_ += static_cast<std::size_t>(std::ranges::count(live.live_in[0], true));
      for (const Instruction& instruction : function->instructions) ++opcodes_[full_opcode(instruction)];
    }
  }

  std::size_t modules_ = 0, entries_ = 0, instructions_ = 0, irreducible_ = 0, read_before_written_ = 0;
  std::unordered_map<std::string, std::size_t> opcodes_;
};

TEST_P(PtxCorpus, EveryEntryParses) {
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
      auto module = Module::parse(std::move(*text));
      ASSERT_TRUE(module) << module.error().message;
      ASSERT_NO_FATAL_FAILURE(check_module(std::move(*module)));
    }
  }
  EXPECT_EQ(modules_, 143u);
  EXPECT_EQ(entries_, GetParam().entries);
  EXPECT_GT(opcodes_.size(), 280u);
  std::printf(
      "sm_%u: %zu modules, %zu entries, %zu instructions, %zu full opcodes, %zu irreducible entries, "
      "%zu registers read before written\n",
      GetParam().arch, modules_, entries_, instructions_, opcodes_.size(), irreducible_, read_before_written_);
}

INSTANTIATE_TEST_SUITE_P(
    Llama, PtxCorpus,
    ::testing::Values(Program{"cuda12_sm50", kCuda12, 50, 6741}, Program{"cuda12_sm61", kCuda12, 61, 6741},
                      Program{"cuda12_sm70", kCuda12, 70, 6741}, Program{"cuda12_sm75", kCuda12, 75, 6741},
                      Program{"cuda12_sm80", kCuda12, 80, 6741}, Program{"cuda13_sm75", kCuda13, 75, 6731},
                      Program{"cuda13_sm80", kCuda13, 80, 6731}, Program{"cuda13_sm90", kCuda13, 90, 6731}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace vgpu::ptx
