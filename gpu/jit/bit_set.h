#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace vgpu::jit {

// A set of small numbers of a fixed range, for the data-flow analyses.
class BitSet {
 public:
  BitSet() = default;
  explicit BitSet(std::size_t size) : words_((size + 63) / 64) {}

  void insert(std::size_t i) { words_[i / 64] |= std::uint64_t{1} << (i % 64); }
  void erase(std::size_t i) { words_[i / 64] &= ~(std::uint64_t{1} << (i % 64)); }
  [[nodiscard]] bool contains(std::size_t i) const { return (words_[i / 64] >> (i % 64) & 1) != 0; }

  [[nodiscard]] bool empty() const {
    for (std::uint64_t word : words_) {
      if (word != 0) return false;
    }
    return true;
  }

  // Adds every member of `other`; true when that changed this set.
  bool merge(const BitSet& other) {
    bool changed = false;
    for (std::size_t w = 0; w < words_.size(); ++w) {
      const std::uint64_t merged = words_[w] | other.words_[w];
      changed |= merged != words_[w];
      words_[w] = merged;
    }
    return changed;
  }

  // The least member, or `none` when the set is empty.
  [[nodiscard]] std::uint32_t least(std::uint32_t none) const {
    for (std::size_t w = 0; w < words_.size(); ++w) {
      if (words_[w] != 0)
        return static_cast<std::uint32_t>(w * 64 + static_cast<unsigned>(std::countr_zero(words_[w])));
    }
    return none;
  }

  template <class Visitor>
  void for_each(Visitor&& visit) const {
    for (std::size_t w = 0; w < words_.size(); ++w) {
      for (std::uint64_t bits = words_[w]; bits != 0; bits &= bits - 1) {
        visit(w * 64 + static_cast<unsigned>(std::countr_zero(bits)));
      }
    }
  }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace vgpu::jit
