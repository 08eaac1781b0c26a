#pragma once

#include <atomic>

#include "gpu/ledger.h"

namespace vgpu::exec {

// The ledger of a process that shares its device with no other.
class ProcessLedger final : public gpu::DeviceLedger {
 public:
  explicit ProcessLedger(std::uint64_t total) : total_(total) {}  // bytes

  gpu::Status charge(std::uint64_t size) override {
    std::uint64_t held = held_.load();
    do {
      if (size > total_ || held > total_ - size) return gpu::Status::OutOfMemory;
    } while (!held_.compare_exchange_weak(held, held + size));
    return gpu::Status::Success;
  }
  void give_back(std::uint64_t size) override { held_ -= size; }
  gpu::MemoryInfo info() override { return {.free = total_ - held_.load(), .total = total_}; }
  // A child's memory is its own copy, which counts there.
  [[nodiscard]] unsigned process() const override { return 0; }
  gpu::BusyTime& busy_time() override { return busy_time_; }

 private:
  const std::uint64_t total_;
  std::atomic<std::uint64_t> held_{0};
  gpu::BusyTime busy_time_;
};

}  // namespace vgpu::exec
