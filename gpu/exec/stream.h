#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "gpu/backend.h"
#include "gpu/exec/event.h"

namespace vgpu::exec {

class BusyClock;
class WorkRunner;

// A queue of work, run in order by one of StreamThreads while there is any.
class Stream final : public gpu::StreamObject, public std::enable_shared_from_this<Stream> {
 public:
  Stream(WorkRunner& runner, BusyClock& busy) : runner_(runner), busy_(busy) {}

  void enqueue(gpu::Work work);
  [[nodiscard]] bool idle() const { return completed_.load() == enqueued_.load(); }
  // Waits for what was queued before the call. Returns at once on the thread that runs this stream's work.
  void wait();

  // Runs work until the queue is empty or waits for an event; called by a stream thread.
  void serve();
  // The stream whose work this thread is running, or nullptr.
  static Stream* served_by_this_thread();

 private:
  struct Item {
    gpu::Work work;
    std::shared_ptr<Record> record;  // of RecordWork and WaitWork, as it was when they were queued
  };
  // A thread that sleeps until `target` items are completed.
  struct Sleeper {
    const std::uint32_t target;
    std::atomic<std::uint32_t> reached{0};
  };
  bool take(Item& item);
  [[nodiscard]] bool completed(std::uint32_t target) const {
    return static_cast<std::int32_t>(completed_.load() - target) >= 0;
  }
  void wake_sleepers();

  WorkRunner& runner_;
  BusyClock& busy_;
  std::mutex mutex_;
  std::deque<Item> queue_;
  bool scheduled_ = false;  // a thread serves the stream, will, or an event will have it served
  std::atomic<std::uint32_t> enqueued_{0};
  std::atomic<std::uint32_t> completed_{0};
  std::vector<Sleeper*> sleepers_;
  std::atomic<std::uint32_t> sleeper_count_{0};
};

}  // namespace vgpu::exec
