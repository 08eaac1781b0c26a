#include "seccomp/shared_journal.h"

#include <fcntl.h>
#include <linux/falloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace vgpu::seccomp {
namespace {

constexpr std::uint32_t kShort = 4096;

}  // namespace

std::size_t SharedJournal::file_size() {
  return sizeof(Layout);
}

Expected<SharedJournal> SharedJournal::open(int descriptor) {
  auto mapping = Mapping::of(descriptor, sizeof(Layout));
  if (!mapping) return std::unexpected(mapping.error());
  SharedJournal journal;
  journal.descriptor_ = descriptor;
  journal.mapping_ = *std::move(mapping);
  journal.layout_ = journal.mapping_.as<Layout>();
  journal.pending_ = journal.layout_->committed[journal.half()].load(std::memory_order_acquire);
  journal.long_ = std::max(kShort, 2 * journal.pending_);
  return journal;
}

std::span<const rm::Record> SharedJournal::records() const {
  return std::span(layout_->records[half()]).first(layout_->committed[half()].load(std::memory_order_acquire));
}

void SharedJournal::append(const rm::Record& record) {
  // The state is bounded, and the journal is made short long before: to go on without it would be to lie later.
  if (pending_ == kRecords) std::abort();
  std::memcpy(&layout_->records[half()][pending_++], &record, sizeof record);
}

void SharedJournal::commit(Position position) {
  auto& committed = layout_->committed[half()];
  if (position.generation != generation() || position.end <= committed.load(std::memory_order_relaxed)) return;
  committed.store(position.end, std::memory_order_release);
  pending_ = std::max(pending_, position.end);
}

void SharedJournal::compact_if_long(const std::function<std::vector<rm::Record>()>& snapshot) {
  if (pending_ < long_) return;
  const std::vector<rm::Record> records = snapshot();
  if (records.size() > kRecords / 2) std::abort();
  const std::uint32_t old = half(), next = 1 - old;
  std::memcpy(layout_->records[next], records.data(), records.size() * sizeof records[0]);
  pending_ = static_cast<std::uint32_t>(records.size());
  layout_->committed[next].store(pending_, std::memory_order_release);
  layout_->generation.store(generation() + 1, std::memory_order_release);
  long_ = std::max(kShort, 2 * pending_);
  // The memory of the old half goes back to the system.
  ::fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
              static_cast<off_t>(offsetof(Layout, records) + old * sizeof(layout_->records[0])),
              sizeof(layout_->records[0]));
}

}  // namespace vgpu::seccomp
