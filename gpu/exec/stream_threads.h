#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace vgpu::exec {

class Stream;

// The process's threads that run streams' work. A stream holds one only while it can go on; as many are started as
// streams were ever active at once.
class StreamThreads {
 public:
  static StreamThreads& instance();

  // Has the stream served. A microsecond or less when a thread has just become free, else the time to wake one.
  void submit(std::shared_ptr<Stream> stream);

  // True when a stream waits for a thread.
  [[nodiscard]] bool wanted() const { return ready_count_.load(std::memory_order_relaxed) != 0; }

 private:
  struct Sleeper {
    std::atomic<std::uint32_t> awake{0};
  };

  StreamThreads() = default;
  void work();
  std::shared_ptr<Stream> next();

  std::mutex mutex_;
  std::deque<std::shared_ptr<Stream>> ready_;
  std::atomic<std::uint32_t> ready_count_{0};
  std::size_t coming_ = 0;  // threads that will look at ready_ soon: they wake up or start
  std::size_t threads_ = 0;
  std::vector<Sleeper*> sleepers_;
};

}  // namespace vgpu::exec
