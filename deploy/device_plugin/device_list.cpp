#include "deploy/device_plugin/device_list.h"

namespace vgpu::device_plugin {

bool DeviceList::set_health(const Expected<void>& health) {
  const std::lock_guard lock(mutex_);
  const bool changed = !known_ || health.has_value() != health_.has_value();
  known_ = true;
  health_ = health;
  if (!changed) return false;
  ++number_;
  changed_.notify_all();
  return true;
}

Expected<void> DeviceList::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

DeviceList::State DeviceList::wait(std::uint64_t seen, std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  const std::uint64_t wakes = wakes_;
  changed_.wait_for(lock, timeout, [&] { return number_ > seen || wakes_ != wakes; });
  return {number_, health_.has_value()};
}

void DeviceList::wake() {
  const std::lock_guard lock(mutex_);
  ++wakes_;
  changed_.notify_all();
}

}  // namespace vgpu::device_plugin
