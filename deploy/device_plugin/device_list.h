#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"

namespace vgpu::device_plugin {

// The devices of one resource and whether they are healthy, for several threads. They are healthy or not all together:
// what they need, they share.
class DeviceList {
 public:
  explicit DeviceList(std::vector<std::string> ids) : ids_(std::move(ids)) {}

  [[nodiscard]] const std::vector<std::string>& ids() const { return ids_; }

  // True when that changed what kubelet is to be told.
  bool set_health(const Expected<void>& health);

  // What is the matter with the devices, if anything.
  [[nodiscard]] Expected<void> health() const;

  // One state of the list; a later one has a higher number.
  struct State {
    std::uint64_t number;
    bool healthy;
  };

  // Waits for a state after `seen`, at most for `timeout`. The state that there is then, which may be `seen`.
  [[nodiscard]] State wait(std::uint64_t seen, std::chrono::milliseconds timeout) const;

  // Ends all waits now.
  void wake();

 private:
  const std::vector<std::string> ids_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::uint64_t number_ = 1;
  std::uint64_t wakes_ = 0;
  bool known_ = false;  // whether health_ was looked at
  Expected<void> health_;
};

}  // namespace vgpu::device_plugin
