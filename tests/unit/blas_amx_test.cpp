// What is particular to AMX: the kernel grants it, and a thread's tiles are part of its state.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "gpu/blas/convert.h"
#include "gpu/blas/gemm.h"
#include "gpu/blas/instructions.h"

namespace vgpu::blas {
namespace {

// Every element of the product is 64.
bool product_is_right(DataType type) {
  const std::int64_t m = 32, n = 20, k = 64;
  const bool bytes = type == DataType::I8;
  std::vector<std::uint16_t> ones(static_cast<std::size_t>(m * k), bytes ? 0x0101 : float_to_bfloat(1));
  std::vector<float> result(static_cast<std::size_t>(m * n));
  const GemmShape shape{.operation_a = Operation::Transpose,
                        .m = m,
                        .n = n,
                        .k = k,
                        .type_a = type,
                        .type_b = type,
                        .lda = k,
                        .ldb = k,
                        .ldc = m};
  gemm(shape, 1, 0, 1, [&](std::int64_t) { return GemmOperands{ones.data(), ones.data(), result.data()}; });
  return result == std::vector<float>(result.size(), 64);
}

// Whether the thread has tiles that a context switch must keep.
bool has_tiles() {
  unsigned low = 0;
  unsigned high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(1));
  return (low & 1U << 18) != 0;
}

TEST(Amx, AThreadKeepsNoTilesBehindAProduct) {
  if (instructions() != Instructions::Amx) GTEST_SKIP() << "no AMX";
  for (const DataType type : {DataType::BF16, DataType::I8}) {
    EXPECT_TRUE(product_is_right(type));
    EXPECT_FALSE(has_tiles());
  }
}

// The kernel refuses tiles to a process that has a signal stack too small to save them on.
TEST(AmxDeathTest, RefusedByTheKernelItIsNotUsed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto program = [] {
    static char memory[2048];
    stack_t stack{};
    stack.ss_sp = memory;
    stack.ss_size = sizeof memory;
    if (::sigaltstack(&stack, nullptr) != 0) std::_Exit(2);
    if (instructions() == Instructions::Amx) std::_Exit(3);
    std::_Exit(product_is_right(DataType::BF16) && product_is_right(DataType::I8) ? 0 : 4);
  };
  EXPECT_EXIT(program(), ::testing::ExitedWithCode(0), "");
}

// Once tiles are granted, the kernel accepts no small signal stacks from this process any more.
TEST(AmxDeathTest, ProductsOfOtherTypesDoNotAskForTiles) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto granted = [] {
    constexpr long kPermissions = 0x1022;
    std::uint64_t components = 0;
    return ::syscall(SYS_arch_prctl, kPermissions, &components) == 0 && (components & 1U << 18) != 0;
  };
  const auto program = [&] {
    const float value = 3;
    float result = 0;
    const GemmShape shape{.m = 1, .n = 1, .k = 1};
    gemm(shape, 1, 0, 1, [&](std::int64_t) { return GemmOperands{&value, &value, &result}; });
    if (result != 9 || granted()) std::_Exit(1);
    std::_Exit((instructions() == Instructions::Amx) == granted() ? 0 : 2);
  };
  EXPECT_EXIT(program(), ::testing::ExitedWithCode(0), "");
}

TEST(Instructions, TheEnvironmentForcesThem) {
  const char* value = std::getenv("VGPU_ISA");
  const std::string_view name = value == nullptr ? "" : value;
  if (name != "v2" && name != "avx2" && name != "avx512") GTEST_SKIP() << "nothing is forced";
  EXPECT_LE(instructions(), name == "v2"     ? Instructions::Baseline
                            : name == "avx2" ? Instructions::Avx2
                                             : Instructions::Avx512);
  EXPECT_TRUE(product_is_right(DataType::BF16) && product_is_right(DataType::I8));
}

}  // namespace
}  // namespace vgpu::blas
