// make_gguf: writes a llama-architecture model with random weights, for tests and measurements.
//
// The vocabulary is 256 byte tokens, the printable characters and filler words, so that any text tokenises. The same
// arguments give the same file on every machine.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "tests/tools/random_weights.h"

namespace vgpu::testing {
namespace {

struct Size {
  std::uint32_t embedding, layers, heads, key_value_heads, feed_forward, vocabulary;
};

const std::map<std::string, Size> kSizes = {
    {"tiny", {256, 4, 4, 2, 704, 512}},
    {"small", {1024, 8, 16, 4, 2816, 4096}},
    {"1b", {2048, 22, 32, 4, 5632, 32000}},
};

// name, tensor type, general.file_type (what loaders print)
struct Quantization {
  TensorType type;
  std::uint32_t file_type;
};
const std::map<std::string, Quantization> kQuantizations = {
    {"f32", {TensorType::kF32, 0}},
    {"f16", {TensorType::kF16, 1}},
    {"q4_0", {TensorType::kQ4_0, 2}},
    {"q8_0", {TensorType::kQ8_0, 7}},
};

void add_vocabulary(GgufWriter& writer, std::uint32_t size, Random random) {
  constexpr std::int32_t kNormal = 1, kUnknown = 2, kControl = 3, kByte = 6;
  const std::string word_start = "\u2581";
  std::vector<std::string> tokens = {"<unk>", "<s>", "</s>"};
  std::vector<std::int32_t> types = {kUnknown, kControl, kControl};
  for (int byte = 0; byte < 256; ++byte) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", byte);
    tokens.emplace_back(name);
    types.push_back(kByte);
  }
  tokens.push_back(word_start);
  for (char c = '!'; c <= '~'; ++c) tokens.emplace_back(1, c);
  std::set<std::string> seen(tokens.begin(), tokens.end());
  while (tokens.size() < size) {
    std::string word = random.below(2) == 0 ? word_start : "";
    for (std::uint64_t letters = 2 + random.below(5); letters > 0; --letters) {
      word += static_cast<char>('a' + random.below(26));
    }
    if (seen.insert(word).second) tokens.push_back(word);
  }
  types.resize(tokens.size(), kNormal);
  std::vector<float> scores;
  for (std::size_t i = 0; i < tokens.size(); ++i) scores.push_back(-static_cast<float>(i));
  writer.add("tokenizer.ggml.model", std::string_view("llama"));
  writer.add("tokenizer.ggml.tokens", tokens);
  writer.add("tokenizer.ggml.scores", scores);
  writer.add("tokenizer.ggml.token_type", types);
  writer.add("tokenizer.ggml.bos_token_id", 1U);
  writer.add("tokenizer.ggml.eos_token_id", 2U);
  writer.add("tokenizer.ggml.unknown_token_id", 0U);
}

void add_hyperparameters(GgufWriter& writer, const Size& size, std::string_view name, std::uint32_t file_type) {
  writer.add("general.architecture", std::string_view("llama"));
  writer.add("general.name", name);
  writer.add("general.file_type", file_type);
  writer.add("llama.context_length", 2048U);
  writer.add("llama.embedding_length", size.embedding);
  writer.add("llama.block_count", size.layers);
  writer.add("llama.feed_forward_length", size.feed_forward);
  writer.add("llama.rope.dimension_count", size.embedding / size.heads);
  writer.add("llama.attention.head_count", size.heads);
  writer.add("llama.attention.head_count_kv", size.key_value_heads);
  writer.add("llama.attention.layer_norm_rms_epsilon", 1e-5F);
  writer.add("llama.vocab_size", size.vocabulary);
}

struct Tensor {
  std::string name;
  std::uint64_t row;   // values of a row, the contiguous dimension
  std::uint64_t rows;  // 0: a vector of ones, the scale of a norm
};

std::vector<Tensor> tensors_of(const Size& size) {
  const std::uint64_t e = size.embedding, ff = size.feed_forward;
  const std::uint64_t kv = e / size.heads * size.key_value_heads;
  std::vector<Tensor> tensors = {
      {"token_embd.weight", e, size.vocabulary}, {"output_norm.weight", e, 0}, {"output.weight", e, size.vocabulary}};
  for (std::uint32_t layer = 0; layer < size.layers; ++layer) {
    const std::string block = "blk." + std::to_string(layer) + ".";
    const Tensor parts[] = {{"attn_norm", e, 0}, {"attn_q", e, e},      {"attn_k", e, kv},
                            {"attn_v", e, kv},   {"attn_output", e, e}, {"ffn_norm", e, 0},
                            {"ffn_gate", e, ff}, {"ffn_up", e, ff},     {"ffn_down", ff, e}};
    for (const auto& part : parts) tensors.push_back({block + part.name + ".weight", part.row, part.rows});
  }
  return tensors;
}

void write_tensors(GgufWriter& writer, const std::vector<Tensor>& tensors, TensorType type, bool dequantized,
                   std::uint64_t seed, const std::string& path) {
  constexpr std::uint64_t kElementsAtOnce = 1 << 20;
  for (const auto& tensor : tensors) {
    if (tensor.rows == 0) {
      writer.describe(tensor.name, TensorType::kF32, {tensor.row});
    } else {
      writer.describe(tensor.name, dequantized ? TensorType::kF32 : type, {tensor.row, tensor.rows});
    }
  }
  writer.open(path);
  RandomWeights weights(seed);
  for (const auto& tensor : tensors) {
    if (tensor.rows == 0) {
      const std::vector<float> ones(tensor.row, 1.0F);
      writer.append(ones.data(), ones.size() * sizeof(float));
    }
    for (std::uint64_t left = tensor.row * tensor.rows; left > 0;) {
      const std::uint64_t elements = std::min(left, kElementsAtOnce);
      const std::string bytes = weights.draw(type, dequantized, tensor.row, elements);
      writer.append(bytes.data(), bytes.size());
      left -= elements;
    }
    writer.end_tensor();
  }
}

int run(int argc, char** argv) {
  CLI::App app("Writes a llama-architecture GGUF model with random weights.");
  std::string path, size_name = "tiny", quantization_name = "q4_0";
  std::uint64_t seed = 1;
  std::uint32_t layers = 0;
  bool dequantized = false;
  std::set<std::string> size_names, quantization_names;
  for (const auto& entry : kSizes) size_names.insert(entry.first);
  for (const auto& entry : kQuantizations) quantization_names.insert(entry.first);
  app.add_option("output", path, "the file to write")->required();
  app.add_option("--size", size_name, "tiny (3 M parameters), small (90 M) or 1b (1.1 B)")
      ->check(CLI::IsMember(size_names));
  app.add_option("--type", quantization_name, "type of the weights")->check(CLI::IsMember(quantization_names));
  app.add_option("--layers", layers, "instead of the size's number of layers");
  app.add_option("--seed", seed, "of the random numbers");
  app.add_flag("--dequantized", dequantized, "write the very values of --type as F32: a reference model");
  CLI11_PARSE(app, argc, argv);

  Size size = kSizes.at(size_name);
  if (layers > 0) size.layers = layers;
  const Quantization quantization = kQuantizations.at(quantization_name);
  GgufWriter writer;
  add_hyperparameters(writer, size, "random-" + size_name, dequantized ? 0 : quantization.file_type);
  add_vocabulary(writer, size.vocabulary, Random(seed));
  write_tensors(writer, tensors_of(size), quantization.type, dequantized, seed, path);
  if (!writer.finish()) {
    std::fprintf(stderr, "make_gguf: cannot write %s\n", path.c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace vgpu::testing

int main(int argc, char** argv) {
  return vgpu::testing::run(argc, argv);
}
