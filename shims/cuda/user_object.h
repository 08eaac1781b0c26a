#pragma once

#include <map>
#include <memory>

#include "shims/cuda/graph_abi.h"

namespace vgpu::cuda {

class UserObject;

// The references to user objects that a graph or an executable holds. A copy holds as many itself; its end gives them
// back, which may run destructors.
class UserObjectReferences {
 public:
  UserObjectReferences() = default;
  UserObjectReferences(const UserObjectReferences& other);
  UserObjectReferences& operator=(const UserObjectReferences&) = delete;
  ~UserObjectReferences();

  // Takes over references that somebody else held.
  void take(const std::shared_ptr<UserObject>& object, unsigned count);
  // Takes references of its own to all that `other` holds.
  void take_all(const UserObjectReferences& other);
  // False when there are not so many.
  bool give_back(const std::shared_ptr<UserObject>& object, unsigned count);
  [[nodiscard]] bool empty() const { return counts_.empty(); }

 private:
  std::map<std::shared_ptr<UserObject>, unsigned> counts_;
};

}  // namespace vgpu::cuda
