#pragma once

#include <cstdint>
#include <mutex>

#include "gpu/ledger.h"

namespace vgpu::exec {

// Adds up the time in which at least one stream of a device has work that runs.
class BusyClock {
 public:
  explicit BusyClock(gpu::BusyTime& time) : time_(time) {}

  void begin();
  void end();

 private:
  gpu::BusyTime& time_;
  std::mutex mutex_;
  unsigned running_ = 0;  // streams
};

// One stream's share of it. Costs two readings of the clock for work between idle moments, not for each piece.
class BusySpan {
 public:
  explicit BusySpan(BusyClock& clock) : clock_(clock) {}
  BusySpan(const BusySpan&) = delete;
  BusySpan& operator=(const BusySpan&) = delete;
  ~BusySpan() { end(); }

  void begin() {
    if (!running_) clock_.begin();
    running_ = true;
  }
  void end() {
    if (running_) clock_.end();
    running_ = false;
  }

 private:
  BusyClock& clock_;
  bool running_ = false;
};

}  // namespace vgpu::exec
