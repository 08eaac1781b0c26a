#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "gpu/backend.h"

namespace vgpu::exec {

class Stream;

// One recording of an event: the point in a stream that others wait for.
class Record {
 public:
  [[nodiscard]] bool complete() const { return complete_.load(std::memory_order_acquire) != 0; }
  // Nanoseconds of CLOCK_MONOTONIC; valid once complete.
  [[nodiscard]] std::uint64_t time() const { return time_; }

  // The point is reached: takes the time, wakes waiting threads and streams.
  void reach();
  void wait();
  // Has the stream go on when the point is reached; false when it has been already.
  bool park(const std::shared_ptr<Stream>& stream);

 private:
  std::atomic<std::uint32_t> complete_{0};
  std::uint64_t time_ = 0;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Stream>> parked_;
};

class Event final : public gpu::EventObject {
 public:
  // A new recording; the last one counts from now on.
  std::shared_ptr<Record> start_record();
  // nullptr when it was never recorded.
  [[nodiscard]] std::shared_ptr<Record> latest() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Record> latest_;
};

}  // namespace vgpu::exec
