#include "gpu/exec/cpu_backend.h"

#include <algorithm>
#include <deque>

#include "gpu/exec/event.h"
#include "gpu/exec/kernel.h"
#include "gpu/exec/module.h"
#include "gpu/exec/process_ledger.h"
#include "gpu/exec/thread.h"

namespace vgpu::exec {

using gpu::Status;

namespace {

bool is_empty(const gpu::Dimensions& dimensions) {
  return std::ranges::find(dimensions, 0u) != dimensions.end();
}

}  // namespace

CpuBackend::CpuBackend(const model::Device& device, std::unique_ptr<gpu::DeviceLedger> ledger)
    : device_(device),
      ledger_(ledger != nullptr ? std::move(ledger) : std::make_unique<ProcessLedger>(device.profile.memory)),
      memory_(*ledger_),
      heap_(memory_),
      busy_(ledger_->busy_time()),
      runner_(status_, heap_) {}

Status CpuBackend::allocate(std::uint64_t size, gpu::MemoryKind kind, std::uint64_t& address) {
  if (threads_lost_by_fork()) return Status::NotInitialized;
  return memory_.allocate(size, kind, address);
}

Status CpuBackend::release(std::uint64_t address) {
  if (threads_lost_by_fork()) return Status::NotInitialized;
  if (Stream::served_by_this_thread() == nullptr) wait_all();
  return memory_.release(address);
}

Status CpuBackend::release_unused(std::uint64_t address) {
  if (threads_lost_by_fork()) return Status::NotInitialized;
  return memory_.release(address);
}

Status CpuBackend::register_host(std::uint64_t address, std::uint64_t size) {
  return memory_.register_host(address, size);
}

Status CpuBackend::unregister_host(std::uint64_t address) {
  if (Stream::served_by_this_thread() == nullptr) wait_all();
  return memory_.unregister_host(address);
}

std::optional<gpu::Allocation> CpuBackend::find_allocation(std::uint64_t address) const {
  return memory_.find(address);
}

gpu::MemoryInfo CpuBackend::memory_info() {
  return ledger_->info();
}

Status CpuBackend::charge(std::uint64_t size, gpu::MemoryCharge& charge) {
  return gpu::MemoryCharge::take(*ledger_, size, charge);
}

Status CpuBackend::set_heap_size(std::uint64_t size) {
  return size > device_.profile.memory ? Status::OutOfMemory : heap_.set_size(size);
}

void CpuBackend::clear_heap() {
  wait_all();
  heap_.clear();
}

Status CpuBackend::load_module(const void* image, std::shared_ptr<gpu::ModuleObject>& module) {
  const auto wait_for_work = [this] {
    if (Stream::served_by_this_thread() == nullptr) wait_all();
  };
  return Module::load(image, memory_, device_.profile, wait_for_work, module);
}

Status CpuBackend::open_module(gpu::ModuleObject& module) {
  return static_cast<Module&>(module).open();
}

Status CpuBackend::find_kernel(gpu::ModuleObject& module, std::string_view name, gpu::KernelObject*& kernel) {
  return static_cast<Module&>(module).find_kernel(name, kernel);
}

Status CpuBackend::find_variable(gpu::ModuleObject& module, std::string_view name, std::uint64_t& address,
                                 std::uint64_t& size) {
  return static_cast<Module&>(module).find_variable(name, address, size);
}

std::vector<std::string> CpuBackend::kernel_names(gpu::ModuleObject& module) {
  return static_cast<Module&>(module).kernel_names();
}

std::shared_ptr<gpu::StreamObject> CpuBackend::create_stream(int) {
  auto stream = std::make_shared<Stream>(runner_, busy_);
  const std::lock_guard lock(streams_mutex_);
  std::erase_if(streams_, [](const auto& other) { return other.expired(); });
  streams_.push_back(stream);
  return stream;
}

Status CpuBackend::enqueue(gpu::StreamObject& stream, gpu::Work work) {
  if (threads_lost_by_fork()) return Status::NotInitialized;
  if (const auto* launch = std::get_if<gpu::LaunchWork>(&work)) {
    if (is_empty(launch->grid) || is_empty(launch->block)) return Status::InvalidValue;
    static_cast<Kernel&>(*launch->kernel).prefetch(launch->block);
  }
  static_cast<Stream&>(stream).enqueue(std::move(work));
  return Status::Success;
}

bool CpuBackend::idle(gpu::StreamObject& stream) {
  return threads_lost_by_fork() || static_cast<Stream&>(stream).idle();
}

void CpuBackend::wait(gpu::StreamObject& stream) {
  if (!threads_lost_by_fork()) static_cast<Stream&>(stream).wait();
}

void CpuBackend::wait_all() {
  if (threads_lost_by_fork()) return;
  std::vector<std::shared_ptr<Stream>> streams;
  {
    const std::lock_guard lock(streams_mutex_);
    for (const auto& each : streams_) {
      if (auto stream = each.lock(); stream != nullptr && !stream->idle()) streams.push_back(std::move(stream));
    }
  }
  for (const auto& stream : streams) stream->wait();
}

std::shared_ptr<gpu::EventObject> CpuBackend::create_event() {
  return std::make_shared<Event>();
}

bool CpuBackend::complete(gpu::EventObject& event) {
  const auto record = static_cast<Event&>(event).latest();
  return record == nullptr || record->complete() || threads_lost_by_fork();
}

void CpuBackend::wait(gpu::EventObject& event) {
  const auto record = static_cast<Event&>(event).latest();
  if (record != nullptr && !threads_lost_by_fork()) record->wait();
}

std::optional<std::uint64_t> CpuBackend::timestamp(gpu::EventObject& event) {
  const auto record = static_cast<Event&>(event).latest();
  if (record == nullptr || !record->complete()) return std::nullopt;
  return record->time();
}

void CpuBackend::reset() {
  clear_heap();
  memory_.release_all();
  status_.clear();
}

}  // namespace vgpu::exec

namespace vgpu::gpu {

Backend& cpu_backend(unsigned ordinal, MakeLedger make_ledger) {
  struct Entry {
    std::once_flag once;
    std::unique_ptr<exec::CpuBackend> backend;
  };
  // Never destroyed: applications call in from their own destructors.
  static auto* const entries = new std::deque<Entry>(model::devices().size());
  Entry& entry = entries->at(ordinal);
  std::call_once(entry.once, [&] {
    auto ledger = make_ledger != nullptr ? make_ledger(ordinal) : nullptr;
    entry.backend = std::make_unique<exec::CpuBackend>(model::devices()[ordinal], std::move(ledger));
  });
  return *entry.backend;
}

}  // namespace vgpu::gpu
