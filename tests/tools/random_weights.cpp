#include "tests/tools/random_weights.h"

#include <array>
#include <cmath>
#include <cstring>

#include "tests/tools/half.h"

namespace vgpu::testing {
namespace {

constexpr std::size_t kBlock = 32;  // values that share a scale

void put_float(std::string& out, float value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

// The sum of 12 uniform numbers less 6 has variance 1 and, unlike rejection methods, a fixed cost.
float gaussian(Random& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += random.uniform();
  return static_cast<float>(sum);
}

std::array<unsigned char, kBlock> random_bytes(Random& random, std::size_t count) {
  std::array<unsigned char, kBlock> bytes{};
  for (std::size_t i = 0; i < count; i += 8) {
    const std::uint64_t word = random.next();
    std::memcpy(bytes.data() + i, &word, 8);
  }
  return bytes;
}

// Q4_0: a half scale, then 16 bytes; byte i holds values i (low) and i + 16 (high), each less 8.
void put_q4_0(std::string& out, Random& random, bool dequantized, float deviation) {
  constexpr float kDeviationOfNibble = 4.18F;  // of the integers -7..7, 0 twice as often
  const auto scale = half_from_float(deviation / kDeviationOfNibble * static_cast<float>(0.8 + 0.4 * random.uniform()));
  auto bytes = random_bytes(random, kBlock / 2);
  // Weights whose mean is not 0 drive every activation one way, and the model then repeats one token for ever; so -8,
  // which has no positive counterpart, becomes 0.
  for (unsigned char& byte : bytes) {
    if ((byte & 0x0f) == 0) byte |= 0x08;
    if ((byte & 0xf0) == 0) byte |= 0x80;
  }
  if (!dequantized) {
    append_half(out, scale);
    out.append(reinterpret_cast<const char*>(bytes.data()), kBlock / 2);
    return;
  }
  for (std::size_t i = 0; i < kBlock; ++i) {
    const int nibble = i < kBlock / 2 ? bytes[i] & 0xf : bytes[i - kBlock / 2] >> 4;
    put_float(out, float_from_half(scale) * static_cast<float>(nibble - 8));
  }
}

// Q8_0: a half scale, then 32 signed bytes.
void put_q8_0(std::string& out, Random& random, bool dequantized, float deviation) {
  constexpr float kDeviationOfByte = 73.9F;  // of the integers -128..127, drawn evenly
  const auto scale = half_from_float(deviation / kDeviationOfByte * static_cast<float>(0.8 + 0.4 * random.uniform()));
  const auto bytes = random_bytes(random, kBlock);
  if (!dequantized) {
    append_half(out, scale);
    out.append(reinterpret_cast<const char*>(bytes.data()), kBlock);
    return;
  }
  for (const unsigned char byte : bytes) {
    put_float(out, float_from_half(scale) * static_cast<float>(static_cast<signed char>(byte)));
  }
}

// Four values of the normal distribution out of each 64 random bits, through a table.
const std::array<float, 65536>& gaussian_table() {
  static const auto table = [] {
    std::array<float, 65536> values{};
    Random random(0x6761757373);
    for (float& value : values) value = gaussian(random);
    return values;
  }();
  return table;
}

template <typename Put>
void put_gaussians(Random& random, std::uint64_t elements, float deviation, Put put) {
  const auto& table = gaussian_table();
  for (std::uint64_t i = 0; i < elements; i += 4) {
    for (std::uint64_t word = random.next(), j = 0; j < 4; ++j, word >>= 16) put(table[word & 0xffff] * deviation);
  }
}

}  // namespace

std::string RandomWeights::draw(TensorType type, bool dequantized, std::uint64_t row, std::uint64_t elements) {
  const float deviation = 1.0F / std::sqrt(static_cast<float>(row));
  std::string out;
  out.reserve(tensor_bytes(dequantized ? TensorType::kF32 : type, elements));
  switch (type) {
    case TensorType::kQ4_0:
      for (std::uint64_t i = 0; i < elements; i += kBlock) put_q4_0(out, random_, dequantized, deviation);
      break;
    case TensorType::kQ8_0:
      for (std::uint64_t i = 0; i < elements; i += kBlock) put_q8_0(out, random_, dequantized, deviation);
      break;
    case TensorType::kF16:
      put_gaussians(random_, elements, deviation, [&](float value) {
        const std::uint16_t half = half_from_float(value);
        if (dequantized) {
          put_float(out, float_from_half(half));
        } else {
          append_half(out, half);
        }
      });
      break;
    case TensorType::kF32:
      put_gaussians(random_, elements, deviation, [&](float value) { put_float(out, value); });
      break;
  }
  return out;
}

}  // namespace vgpu::testing
