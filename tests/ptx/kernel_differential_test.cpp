// Runs whole kernels out of the PTX of a real program through interpreter and JIT with the same random inputs, and
// compares all the memory that they leave behind, bit for bit. Inputs are random but of the right kind (pointers where
// the kernel dereferences, small integers elsewhere); a kernel that leaves the arena with them, in the interpreter, is
// counted apart and proves nothing. Each kernel runs in a process of its own, so that one that never ends with such
// inputs does not stop the test.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <span>

#include "gpu/exec/fault_signals.h"
#include "gpu/exec/launch.h"
#include "gpu/exec/warp_fiber.h"
#include "gpu/interp/interpreter.h"
#include "gpu/jit/engine.h"
#include "tests/ptx/kernel_sample.h"

namespace vgpu::test {
namespace {

constexpr std::size_t kArenaSize = 16u << 20;
constexpr std::size_t kGuardSize = 16ull << 30;  // unmapped on both sides: what strays this far faults
constexpr unsigned kSecondsPerKernel = 10;

enum class Outcome : int { Agrees = 0, Differs = 1, LeavesArena = 2, NotCompiled = 3, WritesNothing = 4, TimedOut = 5 };

std::byte* make_arena() {
  void* region =
      mmap(nullptr, kArenaSize + 2 * kGuardSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (region == MAP_FAILED) return nullptr;
  std::byte* arena = static_cast<std::byte*>(region) + kGuardSize;
  if (mprotect(arena, kArenaSize, PROT_READ | PROT_WRITE) != 0) return nullptr;
  return arena;
}

// Words that are sane numbers in [-4, 4) as f32 and as two f16; or small indices.
void fill(std::byte* arena, std::uint32_t seed, bool indices) {
  std::mt19937 random(seed);
  auto* words = reinterpret_cast<std::uint32_t*>(arena);
  for (std::size_t index = 0; index < kArenaSize / 4; ++index) {
    const std::uint32_t bits = static_cast<std::uint32_t>(random());
    words[index] = indices ? bits % 8 : (bits & 0x83ff83ffu) | 0x3c003c00u;
  }
}

std::vector<std::byte> make_parameters(const ptx::Function& function, std::byte* arena, std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto words = classify_parameters(function);
  std::vector<std::byte> block(words.size() * 4);
  std::size_t pointers = 0;
  for (std::size_t index = 0; index + 1 < words.size(); ++index) {
    std::uint32_t word = 0;
    if (words[index] == ParameterWord::Integer) word = 1u << (random() % 7);
    if (words[index] == ParameterWord::Float) {
      const float value = 0.5f + static_cast<float>(random() % 1024) / 1024.0f;
      std::memcpy(&word, &value, 4);
    }
    std::memcpy(block.data() + index * 4, &word, 4);
    if (words[index] == ParameterWord::Pointer) {
      const auto address = reinterpret_cast<std::uint64_t>(arena) + (4u << 20) + (pointers++ % 8) * (1u << 20);
      std::memcpy(block.data() + index * 4, &address, 8);
      ++index;
    }
  }
  return block;
}

exec::LaunchShape make_shape(const ptx::EntrySignature& entry, std::uint32_t seed) {
  exec::LaunchShape shape;
  const std::uint32_t threads = entry.maximum_block[0] != 0
                                    ? entry.maximum_block[0] * std::max(entry.maximum_block[1], 1u)
                                    : std::array{32u, 64u, 128u, 256u}[seed % 4];
  shape.block = threads > 32 && seed % 2 == 0 ? gpu::Dimensions{32, threads / 32, 1} : gpu::Dimensions{threads, 1, 1};
  shape.grid = {2, 2, 1};
  shape.dynamic_shared_size = 48u << 10;
  return shape;
}

void run_interpreted(WarpContext* context) {
  const auto& fiber = static_cast<const exec::WarpFiber&>(*context);
  interp::run(*static_cast<const interp::InterpretedKernel*>(fiber.interpreted), context);
}

// Memory of the module variables that the entry uses, initialised; relocations are not needed by the sample.
std::vector<std::vector<std::byte>> make_variables(const ptx::Module& module, const ptx::Function& function,
                                                   std::vector<std::uint64_t>& addresses) {
  std::vector<std::vector<std::byte>> memory;
  for (const std::string& name : function.globals) {
    const ptx::Variable* variable = module.find_variable(name);
    std::vector<std::byte> bytes(variable != nullptr ? variable->size + 256 : 256);
    if (variable != nullptr) std::copy(variable->initializer.begin(), variable->initializer.end(), bytes.begin());
    addresses.push_back(reinterpret_cast<std::uint64_t>(bytes.data()));
    memory.push_back(std::move(bytes));
  }
  return memory;
}

Outcome compare(const SampledKernel& kernel, std::uint32_t seed, bool indices) {
  auto function = kernel.module->parse_entry(kernel.entry);
  std::byte* arena = make_arena();
  if (!function || arena == nullptr) return Outcome::NotCompiled;
  const auto parameters = make_parameters(*function, arena, seed);
  const auto shape = make_shape(*kernel.module->find_entry(kernel.entry), seed);

  VgpuCompileRequest request{};
  request.version = kVgpuEngineVersion;
  request.module_text = kernel.module->text().data();
  request.module_size = kernel.module->text().size();
  request.entry = kernel.entry.c_str();
  request.warp_row = kWholeRow;
  VgpuCompileResult result{};
  if (vgpu_engine_compile(&request, &result) != 0) {
    std::fprintf(stderr, "%s: %s\n", kernel.entry.c_str(), result.error);
    return Outcome::NotCompiled;
  }

  exec::KernelCode code;
  std::vector<std::uint64_t> addresses;
  const auto variables = make_variables(*kernel.module, *function, addresses);
  code.globals = addresses.data();
  code.static_shared_size = function->static_shared_size;
  code.local_frame_size = function->local_frame_size;
  auto prepared = interp::prepare(std::move(*function));
  if (!prepared) {
    std::fprintf(stderr, "%s: %s\n", kernel.entry.c_str(), prepared.error().message.c_str());
    return Outcome::NotCompiled;
  }
  exec::prepare_thread_for_faults();

  exec::KernelStatistics statistics;
  code.function = run_interpreted;
  code.interpreted = prepared->get();
  fill(arena, seed, indices);
  const std::vector<std::byte> before(arena, arena + kArenaSize);
  if (exec::run_grid(code, shape, parameters.data(), statistics).fault.cause != exec::FaultCause::None) {
    return Outcome::LeavesArena;
  }
  const std::vector<std::byte> expected(arena, arena + kArenaSize);
  if (expected == before) return Outcome::WritesNothing;

  code.function = result.function;
  code.traits = result.traits;
  fill(arena, seed, indices);
  const auto compiled = exec::run_grid(code, shape, parameters.data(), statistics);
  if (compiled.fault.cause != exec::FaultCause::None) {
    std::fprintf(stderr, "%s: only the compiled code faults: %s\n", kernel.entry.c_str(),
                 compiled.fault.describe().c_str());
    return Outcome::Differs;
  }
  for (std::size_t offset = 0; offset < kArenaSize; offset += 4) {
    if (std::memcmp(arena + offset, expected.data() + offset, 4) == 0) continue;
    std::uint32_t got = 0;
    std::uint32_t want = 0;
    std::memcpy(&got, arena + offset, 4);
    std::memcpy(&want, expected.data() + offset, 4);
    std::fprintf(stderr, "%s (seed %u): at arena offset %zu compiled 0x%08x, interpreted 0x%08x\n",
                 kernel.entry.c_str(), seed, offset, got, want);
    return Outcome::Differs;
  }
  return Outcome::Agrees;
}

Outcome compare_in_child(const SampledKernel& kernel, std::uint32_t seed, bool indices) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(kSecondsPerKernel);
    _exit(static_cast<int>(compare(kernel, seed, indices)));
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) return Outcome::TimedOut;
  if (!WIFEXITED(status)) {
    std::fprintf(stderr, "%s (seed %u): process ended by signal %d\n", kernel.entry.c_str(), seed, WTERMSIG(status));
    return Outcome::Differs;
  }
  return static_cast<Outcome>(WEXITSTATUS(status));
}

class KernelDifferential : public testing::TestWithParam<unsigned> {};

TEST_P(KernelDifferential, JitAndInterpreterLeaveTheSameMemory) {
  const char* node_modules = std::getenv("VGPU_TEST_NODE_MODULES");
  if (node_modules == nullptr) GTEST_SKIP() << "VGPU_TEST_NODE_MODULES is not set";
  setenv("VGPU_THREADS", "1", 1);
  const std::string file =
      std::string(node_modules) + "/@node-llama-cpp/linux-x64-cuda-ext/bins/linux-x64-cuda/fallback/libggml-cuda.so";
  const char* only = std::getenv("VGPU_TEST_KERNEL");
  const auto sample = sample_kernels(file, GetParam(), only != nullptr ? 100000 : 2, 3000);
  ASSERT_FALSE(sample.empty()) << file << " has no PTX for sm_" << GetParam();

  std::map<Outcome, unsigned> counts;
  for (std::size_t index = 0; index < sample.size(); ++index) {
    if (only != nullptr && sample[index].entry != only) continue;
    Outcome outcome = Outcome::LeavesArena;
    for (const bool indices : {false, true}) {
      for (std::uint32_t seed = 1; seed <= 2; ++seed) {
        outcome = compare_in_child(sample[index], seed + static_cast<std::uint32_t>(index) * 7, indices);
        if (outcome != Outcome::LeavesArena && outcome != Outcome::WritesNothing) break;
      }
      if (outcome != Outcome::LeavesArena && outcome != Outcome::WritesNothing) break;
    }
    ++counts[outcome];
    EXPECT_NE(outcome, Outcome::Differs) << sample[index].entry;
    EXPECT_NE(outcome, Outcome::NotCompiled) << sample[index].entry;
  }
  std::printf(
      "sm_%u: %zu kernels: %u agree, %u differ, %u leave the arena, %u not compiled, %u write nothing, %u time out\n",
      GetParam(), sample.size(), counts[Outcome::Agrees], counts[Outcome::Differs], counts[Outcome::LeavesArena],
      counts[Outcome::NotCompiled], counts[Outcome::WritesNothing], counts[Outcome::TimedOut]);
  if (only == nullptr) {
    EXPECT_GE(counts[Outcome::Agrees], 30u);
  }
}

INSTANTIATE_TEST_SUITE_P(Architectures, KernelDifferential, testing::Values(61u, 75u),
                         [](const auto& arch) { return "sm_" + std::to_string(arch.param); });

}  // namespace
}  // namespace vgpu::test
