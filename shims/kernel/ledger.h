#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "gpu/ledger.h"
#include "gpu/model/profile.h"
#include "shims/kernel/activity.h"

namespace vgpu::kernel {

// A device's ledger as the kernel driver keeps it, for all processes of a container together.
//
// A child made by fork() starts with nothing: it connects by itself when it first uses the device. A process whose
// connection is lost (it closed all its descriptors, as daemons do) connects once more; where that fails it goes on
// with a count of its own.
class Ledger final : public gpu::DeviceLedger {
 public:
  // nullptr where there is no driver of vgpu's.
  static std::unique_ptr<Ledger> connect(SystemCalls& calls, const model::Device& device, unsigned ordinal);
  ~Ledger() override;

  gpu::Status charge(std::uint64_t size) override;
  void give_back(std::uint64_t size) override;
  gpu::MemoryInfo info() override;
  [[nodiscard]] unsigned process() const override { return process_.load(std::memory_order_relaxed); }
  gpu::BusyTime& busy_time() override { return *busy_time_; }

 private:
  friend struct ForkHandlers;
  Ledger(SystemCalls& calls, const model::Device& device, unsigned ordinal, void* page);
  bool connect_locked();
  bool ready_locked();
  Status ask(std::int64_t change, rm::abi::ChargeParameters& answer);
  void become_child();

  SystemCalls& calls_;
  const model::Device& device_;
  const unsigned ordinal_;
  gpu::BusyTime* const busy_time_;  // in a page of its own, which stays where it is
  std::atomic<unsigned> process_{0};
  std::mutex mutex_;
  std::optional<Activity> activity_;
  bool lost_ = false;       // no driver any more
  std::uint64_t held_ = 0;  // bytes
};

// For gpu::cpu_backend.
std::unique_ptr<gpu::DeviceLedger> make_ledger(unsigned ordinal);

}  // namespace vgpu::kernel
