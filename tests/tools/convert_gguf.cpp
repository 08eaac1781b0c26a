// convert_gguf INPUT OUTPUT f32|f16|q4_0: writes a GGUF model's matrices in another type. As F32 they have the very
// same values: the reference of a test. Vectors, which are F32 in every model, stay as they are.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>

#include "tests/tools/gguf_writer.h"
#include "tests/tools/half.h"

namespace vgpu::testing {
namespace {

class Reader {
 public:
  explicit Reader(std::span<const char> bytes) : bytes_(bytes) {}

  std::span<const char> take(std::uint64_t size) {
    if (size > bytes_.size() - position_) throw std::runtime_error("the file ends too early");
    position_ += size;
    return bytes_.subspan(position_ - size, size);
  }

  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::string text() {
    const auto bytes = take(number<std::uint64_t>());
    return {bytes.begin(), bytes.end()};
  }

  [[nodiscard]] std::uint64_t position() const { return position_; }
  void seek(std::uint64_t position) {
    position_ = 0;
    take(position);
  }

 private:
  std::span<const char> bytes_;
  std::uint64_t position_ = 0;
};

constexpr std::uint32_t kString = 8, kArray = 9;

void skip_value(Reader& reader, std::uint32_t type) {
  // Bytes of uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64.
  static constexpr unsigned kSizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  if (type >= std::size(kSizes)) throw std::runtime_error("a metadata value has an unknown type");
  if (type == kString) {
    reader.text();
  } else if (type == kArray) {
    const auto element = reader.number<std::uint32_t>();
    for (auto count = reader.number<std::uint64_t>(); count > 0; --count) skip_value(reader, element);
  } else {
    reader.take(kSizes[type]);
  }
}

struct Tensor {
  std::string name;
  std::vector<std::uint64_t> dimensions;
  TensorType type;
  std::uint64_t offset, elements;
};

Tensor read_tensor(Reader& reader) {
  Tensor tensor{reader.text(), {}, {}, 0, 1};
  for (auto count = reader.number<std::uint32_t>(); count > 0; --count) {
    tensor.dimensions.push_back(reader.number<std::uint64_t>());
    tensor.elements *= tensor.dimensions.back();
  }
  tensor.type = static_cast<TensorType>(reader.number<std::uint32_t>());
  tensor.offset = reader.number<std::uint64_t>();
  if (tensor_bytes(tensor.type, tensor.elements) == 0) {
    throw std::runtime_error(tensor.name + ": this tool knows F32, F16, Q4_0 and Q8_0");
  }
  return tensor;
}

std::vector<float> values_of(const Tensor& tensor, Reader& reader) {
  std::vector<float> values(tensor.elements);
  switch (tensor.type) {
    case TensorType::kF32:
      for (float& value : values) value = reader.number<float>();
      break;
    case TensorType::kF16:
      for (float& value : values) value = float_from_half(reader.number<std::uint16_t>());
      break;
    case TensorType::kQ4_0:
      for (std::size_t block = 0; block < values.size(); block += 32) {
        const float scale = float_from_half(reader.number<std::uint16_t>());
        for (std::size_t i = 0; i < 16; ++i) {
          const auto byte = reader.number<unsigned char>();
          values[block + i] = scale * static_cast<float>((byte & 0xf) - 8);
          values[block + i + 16] = scale * static_cast<float>((byte >> 4) - 8);
        }
      }
      break;
    case TensorType::kQ8_0:
      for (std::size_t block = 0; block < values.size(); block += 32) {
        const float scale = float_from_half(reader.number<std::uint16_t>());
        for (std::size_t i = 0; i < 32; ++i)
          values[block + i] = scale * static_cast<float>(reader.number<signed char>());
      }
      break;
  }
  return values;
}

// A scale that maps the value of the largest magnitude to -8, then 32 numbers of 0 to 15 that stand for -8 to 7.
void put_q4_0_block(std::string& out, std::span<const float> values) {
  const float largest = *std::ranges::max_element(values, {}, [](float value) { return std::abs(value); });
  const std::uint16_t scale = half_from_float(largest / -8);
  const float inverse = largest == 0 ? 0 : -8 / largest;
  const auto number = [&](std::size_t i) {
    return static_cast<unsigned>(std::clamp(std::nearbyint(values[i] * inverse) + 8.0F, 0.0F, 15.0F));
  };
  append_half(out, scale);
  for (std::size_t i = 0; i < 16; ++i) out += static_cast<char>(number(i) | number(i + 16) << 4);
}

std::string encode(TensorType type, std::span<const float> values) {
  std::string out;
  switch (type) {
    case TensorType::kF32:
      out.assign(reinterpret_cast<const char*>(values.data()), values.size_bytes());
      break;
    case TensorType::kF16:
      for (const float value : values) append_half(out, half_from_float(value));
      break;
    case TensorType::kQ4_0:
      for (std::size_t block = 0; block < values.size(); block += 32) put_q4_0_block(out, values.subspan(block, 32));
      break;
    case TensorType::kQ8_0:
      throw std::runtime_error("this tool writes F32, F16 and Q4_0");
  }
  return out;
}

TensorType type_named(std::string_view name) {
  if (name == "f32") return TensorType::kF32;
  if (name == "f16") return TensorType::kF16;
  if (name == "q4_0") return TensorType::kQ4_0;
  throw std::runtime_error("type \"" + std::string(name) + "\": f32, f16 or q4_0 is wanted");
}

void convert(const std::string& input, const std::string& output, TensorType matrix_type) {
  std::ifstream file(input, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  Reader reader(bytes);
  if (!std::ranges::equal(reader.take(4), std::string_view("GGUF")) || reader.number<std::uint32_t>() != 3) {
    throw std::runtime_error("not a GGUF file of version 3");
  }
  const auto tensor_count = reader.number<std::uint64_t>(), metadata_count = reader.number<std::uint64_t>();
  const std::uint64_t metadata_start = reader.position();
  for (std::uint64_t i = 0; i < metadata_count; ++i) {
    reader.text();
    skip_value(reader, reader.number<std::uint32_t>());
  }
  const std::uint64_t metadata_end = reader.position();

  GgufWriter writer;
  writer.add_raw({bytes.data() + metadata_start, bytes.data() + metadata_end}, metadata_count);
  const auto type_of = [&](const Tensor& tensor) {
    return tensor.dimensions.size() > 1 ? matrix_type : TensorType::kF32;
  };
  std::vector<Tensor> tensors;
  for (std::uint64_t i = 0; i < tensor_count; ++i) {
    tensors.push_back(read_tensor(reader));
    writer.describe(tensors.back().name, type_of(tensors.back()), tensors.back().dimensions);
  }
  const std::uint64_t data = (reader.position() + 31) / 32 * 32;
  writer.open(output);
  for (const Tensor& tensor : tensors) {
    reader.seek(data + tensor.offset);
    const std::string bytes_out = encode(type_of(tensor), values_of(tensor, reader));
    writer.append(bytes_out.data(), bytes_out.size());
    writer.end_tensor();
  }
  if (!writer.finish()) throw std::runtime_error("cannot write " + output);
}

}  // namespace
}  // namespace vgpu::testing

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: convert_gguf INPUT OUTPUT f32|f16|q4_0\n");
    return 2;
  }
  try {
    vgpu::testing::convert(argv[1], argv[2], vgpu::testing::type_named(argv[3]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "convert_gguf: %s: %s\n", argv[1], error.what());
    return 1;
  }
  return 0;
}
