#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/tools/gguf_writer.h"
#include "tests/tools/half.h"
#include "tests/tools/random_weights.h"

namespace vgpu::testing {
namespace {

TEST(Half, EveryHalfSurvivesTheWayThroughFloat) {
  for (unsigned bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = float_from_half(half);
    if (std::isnan(value)) continue;
    ASSERT_EQ(half_from_float(value), half) << value;
  }
}

TEST(Half, RoundsToNearestEven) {
  EXPECT_EQ(half_from_float(1.0F + 0x1p-11F), 0x3c00);             // half way: to the even 1
  EXPECT_EQ(half_from_float(1.0F + 0x1p-11F + 0x1p-20F), 0x3c01);  // above half way
  EXPECT_EQ(half_from_float(1.0F + 3 * 0x1p-11F), 0x3c02);         // half way: to the even 1 + 2^-9
  EXPECT_EQ(half_from_float(0x1p-25F), 0);                         // half way to the smallest subnormal
  EXPECT_EQ(half_from_float(0x1.8p-25F), 1);
  EXPECT_EQ(half_from_float(65520.0F), 0x7c00);
}

float float_at(const std::string& bytes, std::size_t index) {
  float value;
  std::memcpy(&value, bytes.data() + 4 * index, sizeof value);
  return value;
}

class Weights : public ::testing::TestWithParam<TensorType> {};

TEST_P(Weights, HaveTheBytesOfTheirTypeAndTheWantedDeviation) {
  constexpr std::uint64_t kRow = 256, kElements = 1 << 16;
  EXPECT_EQ(RandomWeights(1).draw(GetParam(), false, kRow, kElements).size(), tensor_bytes(GetParam(), kElements));
  const std::string values = RandomWeights(1).draw(GetParam(), true, kRow, kElements);
  ASSERT_EQ(values.size(), kElements * sizeof(float));
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < kElements; ++i) {
    sum += float_at(values, i);
    squares += float_at(values, i) * float_at(values, i);
  }
  const double mean = sum / kElements, deviation = std::sqrt(squares / kElements - mean * mean);
  EXPECT_NEAR(mean, 0, 0.001);
  EXPECT_NEAR(deviation, 1 / std::sqrt(kRow), 0.002);
}

INSTANTIATE_TEST_SUITE_P(AllTypes, Weights,
                         ::testing::Values(TensorType::kF32, TensorType::kF16, TensorType::kQ4_0, TensorType::kQ8_0));

TEST(GgufWriter, AlignsTheDataOfEveryTensor) {
  const std::string path = ::testing::TempDir() + "/gguf_writer_test.gguf";
  GgufWriter writer;
  writer.add("general.architecture", std::string_view("llama"));
  writer.describe("first", TensorType::kF32, {3});
  writer.describe("second", TensorType::kF32, {1});
  writer.open(path);
  const float first[] = {1, 2, 3}, second[] = {4};
  writer.append(first, sizeof first);
  writer.end_tensor();
  writer.append(second, sizeof second);
  writer.end_tensor();
  ASSERT_TRUE(writer.finish());
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::remove(path.c_str());
  ASSERT_EQ(bytes.size() % 32, 0U);
  EXPECT_EQ(bytes.substr(0, 4), "GGUF");
  EXPECT_EQ(float_at(bytes, bytes.size() / 4 - 16), 1);
  EXPECT_EQ(float_at(bytes, bytes.size() / 4 - 8), 4);
}

TEST(GgufWriter, NoticesAFileThatCannotBeWritten) {
  GgufWriter writer;
  writer.open("/nonexistent/model.gguf");
  EXPECT_FALSE(writer.finish());
}

}  // namespace
}  // namespace vgpu::testing
