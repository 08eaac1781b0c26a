#include "tests/tools/gguf_writer.h"

#include <cstring>

namespace vgpu::testing {
namespace {

constexpr std::uint64_t kAlignment = 32;  // general.alignment's default
constexpr std::uint32_t kVersion = 3;
// Value types of the GGUF format.
constexpr std::uint32_t kUint32 = 4, kInt32 = 5, kFloat32 = 6, kString = 8, kArray = 9;

template <typename T>
void put(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

void put_string(std::string& out, std::string_view text) {
  put<std::uint64_t>(out, text.size());
  out += text;
}

std::uint64_t aligned(std::uint64_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

std::uint64_t tensor_bytes(TensorType type, std::uint64_t elements) {
  switch (type) {
    case TensorType::kF32:
      return elements * 4;
    case TensorType::kF16:
      return elements * 2;
    case TensorType::kQ4_0:
      return elements / 32 * 18;
    case TensorType::kQ8_0:
      return elements / 32 * 34;
  }
  return 0;
}

void GgufWriter::key(std::string_view name, std::uint32_t type) {
  put_string(metadata_, name);
  put(metadata_, type);
  ++metadata_count_;
}

void GgufWriter::add(std::string_view name, std::uint32_t value) {
  key(name, kUint32);
  put(metadata_, value);
}

void GgufWriter::add(std::string_view name, float value) {
  key(name, kFloat32);
  put(metadata_, value);
}

void GgufWriter::add(std::string_view name, std::string_view value) {
  key(name, kString);
  put_string(metadata_, value);
}

void GgufWriter::add(std::string_view name, const std::vector<std::string>& values) {
  key(name, kArray);
  put(metadata_, kString);
  put<std::uint64_t>(metadata_, values.size());
  for (const auto& value : values) put_string(metadata_, value);
}

void GgufWriter::add(std::string_view name, const std::vector<float>& values) {
  key(name, kArray);
  put(metadata_, kFloat32);
  put<std::uint64_t>(metadata_, values.size());
  for (const float value : values) put(metadata_, value);
}

void GgufWriter::add(std::string_view name, const std::vector<std::int32_t>& values) {
  key(name, kArray);
  put(metadata_, kInt32);
  put<std::uint64_t>(metadata_, values.size());
  for (const std::int32_t value : values) put(metadata_, value);
}

void GgufWriter::add_raw(std::string_view bytes, std::uint64_t count) {
  metadata_ += bytes;
  metadata_count_ += count;
}

void GgufWriter::describe(std::string_view name, TensorType type, const std::vector<std::uint64_t>& dimensions) {
  put_string(tensors_, name);
  put(tensors_, static_cast<std::uint32_t>(dimensions.size()));
  std::uint64_t elements = 1;
  for (const std::uint64_t dimension : dimensions) {
    put(tensors_, dimension);
    elements *= dimension;
  }
  put(tensors_, static_cast<std::uint32_t>(type));
  put(tensors_, data_size_);
  data_size_ += aligned(tensor_bytes(type, elements));
  ++tensor_count_;
}

void GgufWriter::open(const std::string& path) {
  file_.open(path, std::ios::binary | std::ios::trunc);
  std::string header = "GGUF";
  put(header, kVersion);
  put(header, tensor_count_);
  put(header, metadata_count_);
  append(header.data(), header.size());
  append(metadata_.data(), metadata_.size());
  append(tensors_.data(), tensors_.size());
  end_tensor();
}

void GgufWriter::append(const void* data, std::size_t bytes) {
  file_.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
}

void GgufWriter::end_tensor() {
  static constexpr char kZeros[kAlignment] = {};
  const auto position = static_cast<std::uint64_t>(file_.tellp());
  if (file_) append(kZeros, aligned(position) - position);
}

bool GgufWriter::finish() {
  file_.close();
  return !file_.fail();
}

}  // namespace vgpu::testing
