#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <vector>

#include "seccomp/rm/record.h"
#include "seccomp/shared_memory.h"

// A container's journal in shared memory, in two halves: one is written to; when it is long, what it comes to is
// written to the other, and one store makes that the one that counts.
namespace vgpu::seccomp {

class SharedJournal final : public rm::Journal {
 public:
  // A place in the journal, for whoever commits later.
  struct Position {
    std::uint32_t generation = 0;  // how often the journal was made short
    std::uint32_t end = 0;
  };

  // In a half. A state comes to 152,000 at most: 65,536 objects, as many mappings, and what else files and objects
  // have; a half is full at twice that.
  static constexpr std::size_t kRecords = 524288;
  static std::size_t file_size();

  static Expected<SharedJournal> open(int descriptor);

  // The records that count.
  [[nodiscard]] std::span<const rm::Record> records() const;

  // Not thread-safe. Records from `append` count after `commit` to the position behind them, or to a later one.
  void append(const rm::Record& record) override;
  [[nodiscard]] Position position() const { return {generation(), pending_}; }
  void commit(Position position);

  // Makes the journal short again if it is long. Nothing may be pending.
  void compact_if_long(const std::function<std::vector<rm::Record>()>& snapshot);

 private:
  struct Layout {
    std::atomic<std::uint32_t> generation;  // its lowest bit is the half that counts
    std::atomic<std::uint32_t> committed[2];
    rm::Record records[2][kRecords];
  };
  [[nodiscard]] std::uint32_t generation() const { return layout_->generation.load(std::memory_order_acquire); }
  [[nodiscard]] std::uint32_t half() const { return generation() & 1; }

  int descriptor_ = -1;
  Mapping mapping_;
  Layout* layout_ = nullptr;
  std::uint32_t pending_ = 0;  // the end of what was appended
  std::uint32_t long_ = 0;     // records from which on it is long
};

}  // namespace vgpu::seccomp
