#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace vgpu::testing {

// The tensor types that the test models use; the numbers are those of the GGUF file format.
enum class TensorType : std::uint32_t { kF32 = 0, kF16 = 1, kQ4_0 = 2, kQ8_0 = 8 };

// Bytes of `elements` values, which are a multiple of 32 for the quantised types (a scale for each 32 of them).
std::uint64_t tensor_bytes(TensorType type, std::uint64_t elements);

// Writes a GGUF version 3 file: first all metadata and tensor descriptions, then the tensors' data in the same order.
// An I/O error shows in finish().
class GgufWriter {
 public:
  void add(std::string_view key, std::uint32_t value);
  void add(std::string_view key, float value);
  void add(std::string_view key, std::string_view value);
  void add(std::string_view key, const std::vector<std::string>& values);
  void add(std::string_view key, const std::vector<float>& values);
  void add(std::string_view key, const std::vector<std::int32_t>& values);

  // Metadata as it stands in another file: `count` keys with their values.
  void add_raw(std::string_view bytes, std::uint64_t count);

  // `dimensions` as GGUF orders them: the contiguous one first.
  void describe(std::string_view name, TensorType type, const std::vector<std::uint64_t>& dimensions);

  // Writes what was added and described; from here on only append() and end_tensor().
  void open(const std::string& path);
  void append(const void* data, std::size_t bytes);
  void end_tensor();
  // False if the file could not be written.
  bool finish();

 private:
  void key(std::string_view name, std::uint32_t type);

  std::string metadata_, tensors_;
  std::uint64_t metadata_count_ = 0, tensor_count_ = 0, data_size_ = 0;
  std::ofstream file_;
};

}  // namespace vgpu::testing
