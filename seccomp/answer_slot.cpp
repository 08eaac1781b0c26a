#include "seccomp/answer_slot.h"

#include <cstring>

namespace vgpu::seccomp {

std::size_t AnswerSlot::file_size() {
  return sizeof(Layout);
}

Expected<AnswerSlot> AnswerSlot::open(int descriptor) {
  auto mapping = Mapping::of(descriptor, sizeof(Layout));
  if (!mapping) return std::unexpected(mapping.error());
  AnswerSlot slot;
  slot.mapping_ = *std::move(mapping);
  slot.layout_ = slot.mapping_.as<Layout>();
  return slot;
}

Notification& AnswerSlot::empty() {
  layout_->ready.store(0, std::memory_order_release);
  layout_->begun = 0;
  std::memset(&layout_->notification, 0, sizeof layout_->notification);
  return layout_->notification;
}

const Notification* AnswerSlot::received() const {
  return layout_->notification.value.id != 0 ? &layout_->notification : nullptr;
}

std::vector<int> AnswerSlot::descriptors() const {
  if (received() == nullptr || layout_->ready.load(std::memory_order_acquire) == 0) return {};
  return {layout_->given, layout_->replacement};
}

bool AnswerSlot::keep(const Outcome& outcome, SharedJournal::Position position) {
  if (outcome.answer.writes.size() > kMostWrites) return false;
  std::size_t used = 0;
  std::uint32_t count = 0;
  for (const rm::MemoryWrite& write : outcome.answer.writes) {
    if (write.bytes.size() > kMostBytes - used) return false;
    layout_->pieces[count++] = {write.address, write.bytes.size()};
    std::memcpy(layout_->bytes + used, write.bytes.data(), write.bytes.size());
    used += write.bytes.size();
  }
  layout_->pieces_count = count;
  layout_->kind = outcome.kind;
  layout_->error = outcome.error;
  layout_->given = outcome.given;
  layout_->file = outcome.file;
  layout_->close_on_exec = outcome.close_on_exec ? 1 : 0;
  layout_->replaced = outcome.answer.replacement ? outcome.answer.replacement->target : -1;
  layout_->replacement = outcome.answer.replacement ? outcome.answer.replacement->source : -1;
  layout_->generation = position.generation;
  layout_->end = position.end;
  layout_->ready.store(1, std::memory_order_release);
  return true;
}

std::optional<Outcome> AnswerSlot::kept() const {
  if (received() == nullptr || layout_->ready.load(std::memory_order_acquire) == 0) return std::nullopt;
  Outcome outcome;
  outcome.kind = layout_->kind;
  outcome.error = layout_->error;
  outcome.given = layout_->given;
  outcome.file = layout_->file;
  outcome.close_on_exec = layout_->close_on_exec != 0;
  if (layout_->replacement >= 0) outcome.answer.replacement = {layout_->replaced, layout_->replacement};
  const std::byte* bytes = layout_->bytes;
  for (std::uint32_t piece = 0; piece < layout_->pieces_count; ++piece) {
    const Piece& from = layout_->pieces[piece];
    outcome.answer.writes.push_back({from.address, {bytes, bytes + from.size}});
    bytes += from.size;
  }
  return outcome;
}

}  // namespace vgpu::seccomp
