#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "seccomp/notification.h"
#include "seccomp/rm/call.h"
#include "seccomp/shared_journal.h"

// What a listener's thread works on, in shared memory: the notification that it has received, and its answer once there
// is one. Whoever takes over from a worker that died goes on from there, so that no call is lost or carried out twice.
namespace vgpu::seccomp {

// What is done with a call.
struct Outcome {
  enum class Kind : std::uint32_t { LetThrough, Answer, GiveDescriptor };
  Kind kind = Kind::LetThrough;
  int error = 0;               // of Answer: the errno, or 0
  rm::Answer answer;           // of Answer
  bool changed = false;        // of Answer: the driver's state is another than before
  int given = -1;              // of GiveDescriptor; the driver's until it is given
  rm::FileId file = 0;         // of GiveDescriptor
  bool close_on_exec = false;  // of GiveDescriptor
};

class AnswerSlot {
 public:
  static std::size_t file_size();
  static Expected<AnswerSlot> open(int descriptor);

  // Counts that the received call is being carried out, and gives how often that was begun: more than once if whoever
  // did it died of something.
  std::uint32_t begin() { return ++layout_->begun; }
  // The descriptors that a kept answer is to give.
  [[nodiscard]] std::vector<int> descriptors() const;

  // Where the next notification is to be received. Nothing is left of the one before.
  Notification& empty();
  // A notification that was received by whoever had the slot before, or nullptr.
  [[nodiscard]] const Notification* received() const;

  // Keeps an answer together with the end of the journal that goes with it. False when it is too large.
  bool keep(const Outcome& outcome, SharedJournal::Position position);
  // The answer that was kept for the notification; nullopt when there is none.
  [[nodiscard]] std::optional<Outcome> kept() const;
  [[nodiscard]] SharedJournal::Position position() const { return {layout_->generation, layout_->end}; }

 private:
  static constexpr std::size_t kMostWrites = 64;
  static constexpr std::size_t kMostBytes = std::size_t{192} << 10;
  struct Piece {
    std::uint64_t address;
    std::uint64_t size;
  };
  struct Layout {
    Notification notification;
    std::atomic<std::uint32_t> ready;
    std::uint32_t begun, generation, end;
    Outcome::Kind kind;
    std::int32_t error, given, replaced, replacement;
    std::uint32_t file, close_on_exec, pieces_count;
    Piece pieces[kMostWrites];
    std::byte bytes[kMostBytes];
  };
  Mapping mapping_;
  Layout* layout_ = nullptr;
};

}  // namespace vgpu::seccomp
