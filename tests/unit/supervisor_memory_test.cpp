#include <gtest/gtest.h>

#include "seccomp/answer_slot.h"
#include "seccomp/shared_journal.h"

// What outlives a worker: the journal and the slots.
namespace vgpu::seccomp {
namespace {

rm::Record record(std::uint64_t value) {
  rm::Record made;
  made.value = value;
  return made;
}

std::vector<std::uint64_t> values(const SharedJournal& journal) {
  std::vector<std::uint64_t> list;
  for (const rm::Record& one : journal.records()) list.push_back(one.value);
  return list;
}

TEST(SharedJournal, RecordsCountOnceTheyAreCommitted) {
  const auto file = make_shared_memory("journal", SharedJournal::file_size());
  ASSERT_TRUE(file.has_value());
  auto journal = SharedJournal::open(file->get());
  ASSERT_TRUE(journal.has_value());
  journal->append(record(1));
  const auto first = journal->position();
  journal->append(record(2));
  EXPECT_TRUE(values(*journal).empty());
  // Whoever takes over sees the same, and writes over what did not count.
  EXPECT_TRUE(values(*SharedJournal::open(file->get())).empty());
  journal->commit(journal->position());
  EXPECT_EQ(values(*journal), (std::vector<std::uint64_t>{1, 2}));
  // A position that has been passed takes nothing back.
  journal->commit(first);
  EXPECT_EQ(values(*SharedJournal::open(file->get())), (std::vector<std::uint64_t>{1, 2}));
}

TEST(SharedJournal, IsMadeShortAgain) {
  const auto file = make_shared_memory("journal", SharedJournal::file_size());
  auto journal = SharedJournal::open(file->get());
  ASSERT_TRUE(journal.has_value());
  std::uint64_t last = 0;
  int compacted = 0;
  SharedJournal::Position old;
  for (std::uint64_t count = 1; count < 500'000; ++count) {
    last = count;
    journal->append(record(count));
    old = journal->position();
    journal->commit(old);
    journal->compact_if_long([&] {
      ++compacted;
      return std::vector<rm::Record>{record(last)};
    });
  }
  EXPECT_GT(compacted, 10);
  EXPECT_LT(journal->records().size(), 10'000u);
  EXPECT_EQ(values(*journal).back(), last);
  EXPECT_EQ(values(*SharedJournal::open(file->get())), values(*journal));
}

TEST(AnswerSlot, KeepsAnAnswerForWhoeverTakesOver) {
  const auto file = make_shared_memory("slot", AnswerSlot::file_size());
  auto slot = AnswerSlot::open(file->get());
  ASSERT_TRUE(slot.has_value());
  EXPECT_EQ(slot->received(), nullptr);
  slot->empty().value.id = 5;
  EXPECT_NE(slot->received(), nullptr);
  EXPECT_FALSE(slot->kept().has_value());

  Outcome outcome;
  outcome.kind = Outcome::Kind::Answer;
  outcome.answer.writes = {{0x1000, {std::byte{1}, std::byte{2}}},
                           {0x2000, std::vector<std::byte>(65536, std::byte{3})}};
  outcome.answer.replacement = {7, 9};
  ASSERT_TRUE(slot->keep(outcome, {1, 42}));
  const auto other = AnswerSlot::open(file->get());
  ASSERT_TRUE(other.has_value());
  const auto kept = other->kept();
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->answer.writes.size(), 2u);
  EXPECT_EQ(kept->answer.writes[1].address, 0x2000u);
  EXPECT_EQ(kept->answer.writes[1].bytes, outcome.answer.writes[1].bytes);
  EXPECT_EQ(kept->answer.replacement->source, 9);
  EXPECT_EQ(other->position().end, 42u);
  slot->empty();
  EXPECT_FALSE(other->kept().has_value());

  outcome.answer.writes.assign(4, {0, std::vector<std::byte>(65536)});
  slot->empty().value.id = 6;
  EXPECT_FALSE(slot->keep(outcome, {}));
  EXPECT_FALSE(slot->kept().has_value());
}

}  // namespace
}  // namespace vgpu::seccomp
