#include "gpu/exec/stream.h"

#include <utility>

#include "gpu/exec/busy_clock.h"
#include "gpu/exec/futex.h"
#include "gpu/exec/stream_threads.h"
#include "gpu/exec/work_runner.h"

namespace vgpu::exec {
namespace {

constexpr std::uint64_t kSpinNanoseconds = 20'000;
// How long the serving thread looks for more work before it leaves; most programs queue the next kernel within this.
constexpr std::uint64_t kLingerNanoseconds = 50'000;

thread_local Stream* served = nullptr;

}  // namespace

Stream* Stream::served_by_this_thread() {
  return served;
}

void Stream::enqueue(gpu::Work work) {
  Item item{.work = std::move(work), .record = nullptr};
  if (const auto* record = std::get_if<gpu::RecordWork>(&item.work)) {
    item.record = static_cast<Event&>(*record->event).start_record();
  } else if (const auto* wait = std::get_if<gpu::WaitWork>(&item.work)) {
    item.record = static_cast<const Event&>(*wait->event).latest();
  }
  bool start = false;
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(item));
    enqueued_.fetch_add(1);
    start = !std::exchange(scheduled_, true);
  }
  if (start) StreamThreads::instance().submit(shared_from_this());
}

bool Stream::take(Item& item) {
  spin_until(kLingerNanoseconds, [this] { return !idle() || StreamThreads::instance().wanted(); });
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) {
    scheduled_ = false;
    return false;
  }
  Item& front = queue_.front();
  const bool waits = std::holds_alternative<gpu::WaitWork>(front.work) && front.record != nullptr;
  if (waits && front.record->park(shared_from_this())) return false;
  item = std::move(front);
  queue_.pop_front();
  return true;
}

void Stream::serve() {
  Stream* const outer = std::exchange(served, this);
  BusySpan busy(busy_);
  for (Item item; take(item);) {
    const bool is_record = std::holds_alternative<gpu::RecordWork>(item.work);
    if (std::holds_alternative<gpu::HostWork>(item.work)) {
      busy.end();  // the application's own functions keep no GPU busy
    } else if (!is_record && !std::holds_alternative<gpu::WaitWork>(item.work)) {
      busy.begin();
    }
    if (!is_record) runner_.run(item.work);
    // Before anybody who waits for the last of the work knows of its end: the device may be gone then.
    if (completed_.load() + 1 == enqueued_.load()) busy.end();
    if (is_record) item.record->reach();
    item = {};
    completed_.fetch_add(1);
    if (sleeper_count_.load() != 0) wake_sleepers();
  }
  served = outer;
}

// Wakes only those who have nothing left to wait for: a thread that is woken for each of hundreds of launches takes the
// CPU from the one that computes.
void Stream::wake_sleepers() {
  const std::lock_guard lock(mutex_);
  std::erase_if(sleepers_, [this](Sleeper* sleeper) {
    if (!completed(sleeper->target)) return false;
    sleeper_count_.fetch_sub(1);
    // The sleeper may be gone as soon as it is told; only its address is used then.
    std::atomic<std::uint32_t>& reached = sleeper->reached;
    reached.store(1);
    futex_wake(reached, 1);
    return true;
  });
}

void Stream::wait() {
  if (served == this) return;
  Sleeper sleeper{.target = enqueued_.load()};
  if (spin_until(kSpinNanoseconds, [&] { return completed(sleeper.target); })) return;
  {
    const std::lock_guard lock(mutex_);
    sleeper_count_.fetch_add(1);
    if (completed(sleeper.target)) {
      sleeper_count_.fetch_sub(1);
      return;
    }
    sleepers_.push_back(&sleeper);
  }
  while (sleeper.reached.load() == 0) futex_wait(sleeper.reached, 0);
}

}  // namespace vgpu::exec
