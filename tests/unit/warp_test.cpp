#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "gpu/warp/approximations.h"
#include "gpu/warp/cpu.h"
#include "gpu/warp/float_formats.h"
#include "gpu/warp/matrix_sets.h"
#include "gpu/warp/routines.h"

namespace vgpu::warp {
namespace {

float from_bits(std::uint32_t bits) {
  return std::bit_cast<float>(bits);
}

// Largest error over [first, last], in steps of the bit pattern: relative, or absolute where asked.
double worst(float (*f)(float), double (*exact)(double), float first, float last, bool relative) {
  double most = 0;
  const std::uint32_t begin = std::bit_cast<std::uint32_t>(first);
  const std::uint32_t end = std::bit_cast<std::uint32_t>(last);
  for (std::uint32_t bits = begin; bits <= end; bits += 997) {
    const double wanted = exact(from_bits(bits));
    const double error = std::fabs(static_cast<double>(f(from_bits(bits))) - wanted);
    most = std::max(most, relative ? error / std::fabs(wanted) : error);
  }
  return most;
}

// Bounds as the PTX manual documents them.
TEST(Approximations, Ex2) {
  EXPECT_LE(worst(ex2_approx, [](double x) { return std::exp2(x); }, 0x1p-30f, 127.9f, true), 0x1p-22);
  EXPECT_LE(
      worst([](float x) { return ex2_approx(-x); }, [](double x) { return std::exp2(-x); }, 0x1p-30f, 125.9f, true),
      0x1p-22);
  EXPECT_EQ(ex2_approx(0.0f), 1.0f);
  EXPECT_EQ(ex2_approx(-0.0f), 1.0f);
  EXPECT_EQ(ex2_approx(INFINITY), INFINITY);
  EXPECT_EQ(ex2_approx(128.0f), INFINITY);
  EXPECT_EQ(ex2_approx(-INFINITY), 0.0f);
  EXPECT_EQ(ex2_approx(-149.0f), 0x1p-149f);
  EXPECT_TRUE(std::isnan(ex2_approx(NAN)));
}

TEST(Approximations, Lg2) {
  const auto exact = [](double x) { return std::log2(x); };
  EXPECT_LE(worst(lg2_approx, exact, 0.5f, 2.0f, false), 0x1p-22);
  EXPECT_LE(worst(lg2_approx, exact, 2.0f, 3e38f, true), 0x1p-22);
  EXPECT_LE(worst(lg2_approx, exact, 1e-44f, 0.5f, true), 0x1p-22);
  EXPECT_EQ(lg2_approx(1.0f), 0.0f);
  EXPECT_EQ(lg2_approx(0.0f), -INFINITY);
  EXPECT_EQ(lg2_approx(-0.0f), -INFINITY);
  EXPECT_EQ(lg2_approx(INFINITY), INFINITY);
  EXPECT_TRUE(std::isnan(lg2_approx(-1.0f)));
}

TEST(Approximations, ReciprocalAndRoots) {
  EXPECT_LE(worst(rcp_approx, [](double x) { return 1 / x; }, 1e-37f, 1e37f, true), 0x1p-23);
  EXPECT_LE(worst(rsqrt_approx, [](double x) { return 1 / std::sqrt(x); }, 1e-37f, 3e38f, true), 0x1p-22);
  EXPECT_LE(worst(sqrt_approx, [](double x) { return std::sqrt(x); }, 1e-37f, 3e38f, true), 0x1p-23);
  EXPECT_EQ(rcp_approx(-0.0f), -INFINITY);
  EXPECT_EQ(rsqrt_approx(INFINITY), 0.0f);
}

TEST(Approximations, SineAndCosine) {
  const float pi = 3.14159274f;
  const auto minus_sine = [](float x) { return sin_approx(-x); };
  EXPECT_LE(worst(sin_approx, [](double x) { return std::sin(x); }, 1e-30f, pi, false), 0x1p-20);
  EXPECT_LE(worst(minus_sine, [](double x) { return std::sin(-x); }, 1e-30f, pi, false), 0x1p-20);
  EXPECT_LE(worst(cos_approx, [](double x) { return std::cos(x); }, 1e-30f, pi, false), 0x1p-20);
  EXPECT_LE(worst(sin_approx, [](double x) { return std::sin(x); }, pi, 1000.0f, false), 0x1p-18);
  EXPECT_TRUE(std::isnan(sin_approx(INFINITY)));
  EXPECT_TRUE(std::isnan(cos_approx(NAN)));
  EXPECT_LE(std::fabs(sin_approx(1e30f)), 1.0f);
}

TEST(Approximations, Tanh) {
  EXPECT_LE(worst(tanh_approx, [](double x) { return std::tanh(x); }, 1e-30f, 100.0f, true), 0x1p-11);
  EXPECT_EQ(tanh_approx(INFINITY), 1.0f);
  EXPECT_EQ(tanh_approx(-INFINITY), -1.0f);
}

TEST(FloatFormats, HalfThereAndBack) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = half_to_float(bits);
    const float wanted = static_cast<float>(std::bit_cast<_Float16>(static_cast<std::uint16_t>(bits)));
    if (std::isnan(wanted)) {
      EXPECT_TRUE(std::isnan(value)) << bits;
      continue;
    }
    EXPECT_EQ(std::bit_cast<std::uint32_t>(value), std::bit_cast<std::uint32_t>(wanted)) << bits;
    EXPECT_EQ(float_to_half(value), bits);
    EXPECT_EQ(encode<Half>(value, ptx::Rounding::Rn), bits);
  }
}

TEST(FloatFormats, RoundsToHalfAsTheCompilerDoes) {
  for (std::uint64_t bits = 0; bits < 0x7f800000; bits += 4093) {
    const float value = from_bits(static_cast<std::uint32_t>(bits));
    const auto wanted = std::bit_cast<std::uint16_t>(static_cast<_Float16>(value));
    ASSERT_EQ(float_to_half(value), wanted) << value;
    ASSERT_EQ(encode<Half>(value, ptx::Rounding::Rn), wanted) << value;
  }
}

TEST(FloatFormats, EightBits) {
  EXPECT_EQ(float_to_e4m3(448.0f), 0x7eu);
  EXPECT_EQ(float_to_e4m3(1e9f), 0x7eu);
  EXPECT_EQ(float_to_e4m3(-1.0f), 0xb8u);
  EXPECT_EQ(float_to_e5m2(57344.0f), 0x7bu);
  for (std::uint32_t bits = 0; bits < 0x7f; ++bits) EXPECT_EQ(float_to_e4m3(e4m3_to_float(bits)), bits);
  for (std::uint32_t bits = 0; bits < 0x7c; ++bits) EXPECT_EQ(float_to_e5m2(e5m2_to_float(bits)), bits);
}

// Registers of random bits; for floating point small normal numbers, so that no NaN hides a difference.
std::vector<std::uint32_t> fragment(std::mt19937& random, std::uint32_t keep, std::uint32_t set) {
  std::vector<std::uint32_t> words(8 * 32);
  for (std::uint32_t& word : words) word = (static_cast<std::uint32_t>(random()) & keep) | set;
  return words;
}

struct Product {
  const char* name;
  int registers;  // of d
  std::uint32_t keep, set, keep_c, set_c;
};
constexpr std::uint32_t kHalfKeep = 0x87ff87ff, kHalfSet = 0x38003800;
constexpr std::uint32_t kSingleKeep = 0x807fffff, kSingleSet = 0x3f800000;

// The rows of matrix.def, with the shaping that suits their types.
std::vector<Product> products() {
  std::vector<Product> made;
  const auto add = [&](const char* name, int elements, const char* d, const char* a, const char* c) {
    const std::string left = a, sum = c;
    Product product{name, elements / (std::string(d) == "F16" ? 64 : 32), ~0u, 0, ~0u, 0};
    if (left == "F16") product.keep = kHalfKeep, product.set = kHalfSet;
    if (left == "BF16") product.keep = 0x80ff80ff, product.set = 0x3f003f00;
    if (left == "TF32") product.keep = kSingleKeep, product.set = kSingleSet;
    if (sum == "F16") product.keep_c = kHalfKeep, product.set_c = kHalfSet;
    if (sum == "F32") product.keep_c = kSingleKeep, product.set_c = kSingleSet;
    made.push_back(product);
  };
#define VGPU_MMA(m, n, k, d, a, b, c) add("mma " #m " " #n " " #k " " #d " " #a " " #b, m* n, #d, #a, #c);
#define VGPU_MMA_QUAD(a, b, d, c) add("mma 8 8 4 " #a " " #b " " #d, 256, #d, "F16", #c);
#define VGPU_WMMA(m, n, k, d, a, c) add("wmma " #m " " #n " " #k " " #d " " #a " " #c, m* n, #d, #a, #c);
#include "gpu/warp/matrix.def"
#undef VGPU_MMA
#undef VGPU_MMA_QUAD
#undef VGPU_WMMA
  return made;
}

void expect_same(const MultiplyFunction* functions) {
  const MultiplyFunction* baseline = baseline_matrix_functions();
  std::mt19937 random(7);
  std::size_t index = 0;
  for (const Product& product : products()) {
    for (int round = 0; round < 20; ++round) {
      const auto a = fragment(random, product.keep, product.set);
      const auto b = fragment(random, product.keep, product.set);
      const auto c = fragment(random, product.keep_c, product.set_c);
      std::vector<std::uint32_t> wanted(8 * 32), got(8 * 32);
      baseline[index](wanted.data(), a.data(), b.data(), c.data());
      functions[index](got.data(), a.data(), b.data(), c.data());
      EXPECT_EQ(wanted, got) << product.name;
      EXPECT_NE(wanted, std::vector<std::uint32_t>(8 * 32)) << product.name;
    }
    ++index;
  }
}

TEST(MatrixProducts, Avx2AgreesWithBaseline) {
  if (best_instruction_set() < InstructionSet::Avx2) GTEST_SKIP() << "this processor has no AVX2";
  expect_same(avx2_matrix_functions());
}

TEST(MatrixProducts, Avx512AgreesWithBaseline) {
  if (best_instruction_set() < InstructionSet::Avx512) GTEST_SKIP() << "this processor has no AVX-512 with VNNI";
  expect_same(avx512_matrix_functions());
}

TEST(Routines, AreFoundByInstruction) {
  ptx::Instruction instruction;
  instruction.op = ptx::Opcode::Mma;
  instruction.shape = {16, 8, 16};
  instruction.types = {ptx::Type::F32, ptx::Type::F16, ptx::Type::F16, ptx::Type::F32};
  const Routine* routine = find_routine(instruction);
  ASSERT_NE(routine, nullptr);
  EXPECT_STREQ(routine->name, "vgpu_mma_m16n8k16_f32_f16_f16_f32");
  EXPECT_EQ(routine->a, 4);
  EXPECT_EQ(routine->b, 2);
  EXPECT_EQ(find_routine(std::string_view(routine->name)), routine);
  instruction.shape = {16, 8, 3};
  EXPECT_EQ(find_routine(instruction), nullptr);
}

}  // namespace
}  // namespace vgpu::warp
