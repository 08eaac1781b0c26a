#include "shims/kernel/ledger.h"

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <vector>

#include "base/log.h"

namespace vgpu::kernel {

// The page is the driver's; gpu/ledger.h says the same of it.
static_assert(sizeof(gpu::BusyTime) == sizeof(rm::abi::ActivityPage));
static_assert(offsetof(gpu::BusyTime, total) == offsetof(rm::abi::ActivityPage, busy));
static_assert(offsetof(gpu::BusyTime, since) == offsetof(rm::abi::ActivityPage, busy_since));

namespace {

constexpr int kPageProtection = PROT_READ | PROT_WRITE;

// All ledgers of the process, for fork().
struct Ledgers {
  std::mutex mutex;
  std::vector<Ledger*> all;
};

Ledgers& ledgers() {
  static auto* const instance = new Ledgers;
  return *instance;
}

}  // namespace

// No ledger is in the middle of something while the process forks.
struct ForkHandlers {
  static void install() {
    static std::once_flag once;
    std::call_once(once, [] { ::pthread_atfork(before, in_parent, in_child); });
  }

 private:
  static void before() {
    ledgers().mutex.lock();
    for (Ledger* ledger : ledgers().all) ledger->mutex_.lock();
  }
  static void in_parent() {
    for (Ledger* ledger : ledgers().all) ledger->mutex_.unlock();
    ledgers().mutex.unlock();
  }
  static void in_child() {
    for (Ledger* ledger : ledgers().all) ledger->become_child();
    in_parent();
  }
};

std::unique_ptr<Ledger> Ledger::connect(SystemCalls& calls, const model::Device& device, unsigned ordinal) {
  void* const page = ::mmap(nullptr, rm::abi::kActivityPageSize, kPageProtection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  std::unique_ptr<Ledger> made(new Ledger(calls, device, ordinal, page));
  {
    const std::lock_guard lock(made->mutex_);
    if (!made->connect_locked()) return nullptr;
  }
  ForkHandlers::install();
  const std::lock_guard lock(ledgers().mutex);
  ledgers().all.push_back(made.get());
  return made;
}

Ledger::Ledger(SystemCalls& calls, const model::Device& device, unsigned ordinal, void* page)
    : calls_(calls), device_(device), ordinal_(ordinal), busy_time_(new(page) gpu::BusyTime) {}

Ledger::~Ledger() {
  {
    const std::lock_guard lock(ledgers().mutex);
    std::erase(ledgers().all, this);
  }
  ::munmap(static_cast<void*>(busy_time_), rm::abi::kActivityPageSize);
}

bool Ledger::connect_locked() {
  auto device = Device::connect(calls_, device_, ordinal_);
  auto activity = device ? Activity::start(std::move(*device)) : std::unexpected(std::move(device.error()));
  if (!activity) {
    log(LogLevel::Debug, "no ledger of the container's: " + activity.error().message);
    return false;
  }
  const std::uint64_t total = busy_time_->total.load();
  const std::uint64_t since = busy_time_->since.load();
  if (activity->map_page(busy_time_)) {
    busy_time_->total.store(total);
    busy_time_->since.store(since);
  } else {
    log(LogLevel::Debug, "how busy the device is will not be shown: its page cannot be mapped");
  }
  activity_ = std::move(*activity);
  return true;
}

// Connected, with all that this process holds charged.
bool Ledger::ready_locked() {
  if (activity_) return true;
  if (lost_) return false;
  rm::abi::ChargeParameters answer{};
  if (connect_locked() && activity_->charge(static_cast<std::int64_t>(held_), answer) == Status::Ok) return true;
  activity_.reset();
  lost_ = true;
  log(LogLevel::Warn, "the container's ledger is lost: memory is counted for this process alone");
  return false;
}

Status Ledger::ask(std::int64_t change, rm::abi::ChargeParameters& answer) {
  const std::lock_guard lock(mutex_);
  constexpr int kTries = 2;
  for (int attempt = 0; attempt < kTries && ready_locked(); ++attempt) {
    const Status status = activity_->charge(change, answer);
    if (status == Status::Ok) held_ = answer.held;
    if (status == Status::Ok || status == Status::NoMemory) return status;
    // When the driver was not reached, the descriptors may have become the application's.
    if (status == Status::OperatingSystem) activity_->abandon();
    activity_.reset();
  }
  const std::uint64_t total = device_.profile.memory;
  const std::uint64_t held = held_ + static_cast<std::uint64_t>(change);
  if (change > 0 && (held > total || held < held_)) return Status::NoMemory;
  held_ = held;
  answer = {.change = change, .held = held_, .free = total - std::min(held_, total), .total = total};
  return Status::Ok;
}

gpu::Status Ledger::charge(std::uint64_t size) {
  if (size > INT64_MAX) return gpu::Status::OutOfMemory;
  rm::abi::ChargeParameters answer{};
  return ask(static_cast<std::int64_t>(size), answer) == Status::Ok ? gpu::Status::Success : gpu::Status::OutOfMemory;
}

void Ledger::give_back(std::uint64_t size) {
  rm::abi::ChargeParameters answer{};
  ask(-static_cast<std::int64_t>(size), answer);
}

gpu::MemoryInfo Ledger::info() {
  rm::abi::ChargeParameters answer{};
  ask(0, answer);
  return {.free = answer.free, .total = answer.total};
}

void Ledger::become_child() {
  process_.fetch_add(1, std::memory_order_relaxed);
  activity_.reset();
  held_ = 0;
  lost_ = false;
  // The parent's page is no longer seen here.
  ::mmap(static_cast<void*>(busy_time_), rm::abi::kActivityPageSize, kPageProtection,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

std::unique_ptr<gpu::DeviceLedger> make_ledger(unsigned ordinal) {
  return Ledger::connect(system_calls(), model::devices().at(ordinal), ordinal);
}

}  // namespace vgpu::kernel
