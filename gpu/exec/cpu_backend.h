#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "gpu/backend.h"
#include "gpu/exec/busy_clock.h"
#include "gpu/exec/device_heap.h"
#include "gpu/exec/device_status.h"
#include "gpu/exec/memory.h"
#include "gpu/exec/stream.h"
#include "gpu/exec/work_runner.h"

namespace vgpu::exec {

// The device as this process's CPU computes it. Making one starts no thread and maps no memory.
//
// After fork() a child in which threads had been started cannot use the device: calls that can fail answer
// NotInitialized, waits return at once. A child of a process that had queued no work may use it as if it were the
// parent's; memory is its own copy then.
class CpuBackend final : public gpu::Backend {
 public:
  // No ledger: the device is this process's alone.
  explicit CpuBackend(const model::Device& device, std::unique_ptr<gpu::DeviceLedger> ledger = nullptr);

  [[nodiscard]] const model::Device& device() const override { return device_; }

  gpu::Status allocate(std::uint64_t size, gpu::MemoryKind kind, std::uint64_t& address) override;
  // Called by work of a stream (HostWork), it does not wait: that stream's order stands for it.
  gpu::Status release(std::uint64_t address) override;
  gpu::Status release_unused(std::uint64_t address) override;
  gpu::Status register_host(std::uint64_t address, std::uint64_t size) override;
  gpu::Status unregister_host(std::uint64_t address) override;
  [[nodiscard]] std::optional<gpu::Allocation> find_allocation(std::uint64_t address) const override;
  [[nodiscard]] gpu::MemoryInfo memory_info() override;
  gpu::Status charge(std::uint64_t size, gpu::MemoryCharge& charge) override;
  gpu::Status set_heap_size(std::uint64_t size) override;
  [[nodiscard]] std::uint64_t heap_size() const override { return heap_.size(); }
  [[nodiscard]] bool heap_contains(std::uint64_t address, std::uint64_t size) const override {
    return heap_.contains(address, size);
  }
  void clear_heap() override;

  gpu::Status load_module(const void* image, std::shared_ptr<gpu::ModuleObject>& module) override;
  gpu::Status open_module(gpu::ModuleObject& module) override;
  gpu::Status find_kernel(gpu::ModuleObject& module, std::string_view name, gpu::KernelObject*& kernel) override;
  gpu::Status find_variable(gpu::ModuleObject& module, std::string_view name, std::uint64_t& address,
                            std::uint64_t& size) override;
  [[nodiscard]] std::vector<std::string> kernel_names(gpu::ModuleObject& module) override;

  std::shared_ptr<gpu::StreamObject> create_stream(int priority) override;
  gpu::Status enqueue(gpu::StreamObject& stream, gpu::Work work) override;
  bool idle(gpu::StreamObject& stream) override;
  void wait(gpu::StreamObject& stream) override;
  void wait_all() override;

  std::shared_ptr<gpu::EventObject> create_event() override;
  bool complete(gpu::EventObject& event) override;
  void wait(gpu::EventObject& event) override;
  std::optional<std::uint64_t> timestamp(gpu::EventObject& event) override;

  [[nodiscard]] gpu::Status status() const override { return status_.get(); }
  void reset() override;

 private:
  const model::Device device_;
  const std::unique_ptr<gpu::DeviceLedger> ledger_;
  DeviceMemory memory_;
  DeviceHeap heap_;
  BusyClock busy_;
  DeviceStatus status_;
  WorkRunner runner_;
  std::mutex streams_mutex_;
  std::vector<std::weak_ptr<Stream>> streams_;
};

}  // namespace vgpu::exec
