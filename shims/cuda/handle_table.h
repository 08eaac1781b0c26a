#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

namespace vgpu::cuda {

// The live objects behind one handle type. A handle is an object's address, and only one that is in the table is ever
// dereferenced: a stale or invented handle is an error, not a crash.
template <class Handle, class Object>
class HandleTable {
 public:
  Handle insert(std::shared_ptr<Object> object) {
    const auto handle = reinterpret_cast<Handle>(object.get());
    const std::unique_lock lock(mutex_);
    objects_.emplace(handle, std::move(object));
    return handle;
  }
  // Null for a handle that is not alive.
  [[nodiscard]] std::shared_ptr<Object> find(Handle handle) const {
    const std::shared_lock lock(mutex_);
    const auto found = objects_.find(handle);
    return found == objects_.end() ? nullptr : found->second;
  }
  std::shared_ptr<Object> remove(Handle handle) {
    const std::unique_lock lock(mutex_);
    const auto found = objects_.find(handle);
    if (found == objects_.end()) return nullptr;
    auto object = std::move(found->second);
    objects_.erase(found);
    return object;
  }
  template <class Condition>
  [[nodiscard]] bool any(const Condition& condition) const {
    const std::shared_lock lock(mutex_);
    for (const auto& [handle, object] : objects_) {
      if (condition(*object)) return true;
    }
    return false;
  }
  [[nodiscard]] std::vector<std::shared_ptr<Object>> all() const {
    std::vector<std::shared_ptr<Object>> objects;
    const std::shared_lock lock(mutex_);
    for (const auto& [handle, object] : objects_) objects.push_back(object);
    return objects;
  }
  // Removes the objects for which `condition(object)` holds.
  template <class Condition>
  std::vector<std::shared_ptr<Object>> remove_if(const Condition& condition) {
    std::vector<std::shared_ptr<Object>> removed;
    const std::unique_lock lock(mutex_);
    for (auto entry = objects_.begin(); entry != objects_.end();) {
      if (condition(*entry->second)) {
        removed.push_back(std::move(entry->second));
        entry = objects_.erase(entry);
      } else {
        ++entry;
      }
    }
    return removed;
  }

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<Handle, std::shared_ptr<Object>> objects_;
};

}  // namespace vgpu::cuda
