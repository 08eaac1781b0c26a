#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "gpu/status.h"

// What a backend has in common with other processes that use the same device: its memory, and how busy it is.
namespace vgpu::gpu {

struct MemoryInfo {
  std::uint64_t free = 0;
  std::uint64_t total = 0;  // bytes
};

// Written by one process, for others to read at any time.
struct BusyTime {
  std::atomic<std::uint64_t> total{
      0};  // nanoseconds for which at least one piece of work ran, up to the last idle moment
  std::atomic<std::uint64_t> since{0};  // CLOCK_MONOTONIC, nanoseconds: since when one runs; 0 while none does
};

// Thread-safe. Outlives the backend that uses it.
class DeviceLedger {
 public:
  virtual ~DeviceLedger() = default;

  // Takes bytes of the device's memory for this process. OutOfMemory: not so many are free; nothing has changed.
  virtual Status charge(std::uint64_t size) = 0;
  // Returns bytes that were charged.
  virtual void give_back(std::uint64_t size) = 0;
  // Of all processes.
  virtual MemoryInfo info() = 0;
  // Another number in a child made by fork(): there, what the parent had charged is the parent's alone.
  [[nodiscard]] virtual unsigned process() const = 0;
  // Where the backend says how busy it is.
  virtual BusyTime& busy_time() = 0;
};

// Bytes of a device that this process holds until the object goes.
class MemoryCharge {
 public:
  MemoryCharge() = default;
  MemoryCharge(MemoryCharge&& other) noexcept
      : ledger_(std::exchange(other.ledger_, nullptr)), size_(other.size_), process_(other.process_) {}
  MemoryCharge& operator=(MemoryCharge&& other) noexcept {
    std::swap(ledger_, other.ledger_);
    std::swap(size_, other.size_);
    std::swap(process_, other.process_);
    return *this;
  }
  ~MemoryCharge() {
    if (ledger_ != nullptr && ledger_->process() == process_) ledger_->give_back(size_);
  }

  // Takes over what `other`, of the same ledger, holds: given back together, they are one call.
  void join(MemoryCharge other) {
    if (ledger_ == nullptr || other.ledger_ == nullptr || process_ != other.process_) {
      std::swap(*this, other);
      return;
    }
    size_ += other.size_;
    other.ledger_ = nullptr;
  }

  // OutOfMemory leaves `charge` as it was.
  static Status take(DeviceLedger& ledger, std::uint64_t size, MemoryCharge& charge) {
    const Status status = ledger.charge(size);
    if (status == Status::Success) charge = MemoryCharge(ledger, size);
    return status;
  }

 private:
  MemoryCharge(DeviceLedger& ledger, std::uint64_t size) : ledger_(&ledger), size_(size), process_(ledger.process()) {}

  DeviceLedger* ledger_ = nullptr;
  std::uint64_t size_ = 0;
  unsigned process_ = 0;
};

}  // namespace vgpu::gpu
