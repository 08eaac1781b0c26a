#include "shims/cuda/user_object.h"

#include <climits>
#include <mutex>
#include <utility>

#include "shims/cuda/api.h"
#include "shims/cuda/graph.h"

namespace vgpu::cuda {

// What a program gave a destructor for. Its handle is alive while anybody holds a reference.
class UserObject {
 public:
  UserObject(CUDA_HOST_NODE_PARAMS destructor, std::uint64_t count) : destructor_(destructor), count_(count) {}

  void retain(std::uint64_t count) {
    const std::lock_guard lock(mutex_);
    count_ += count;
  }
  // Runs the destructor with the last reference. False when there are not so many.
  bool release(std::uint64_t count);

 private:
  const CUDA_HOST_NODE_PARAMS destructor_;
  std::mutex mutex_;
  std::uint64_t count_;
};

namespace {

HandleTable<CUuserObject, UserObject>& objects() {
  static auto* const table = new HandleTable<CUuserObject, UserObject>;
  return *table;
}

bool valid_count(unsigned count) {
  return count != 0 && count <= INT_MAX;
}

}  // namespace

bool UserObject::release(std::uint64_t count) {
  {
    const std::lock_guard lock(mutex_);
    if (count > count_) return false;
    count_ -= count;
    if (count_ != 0) return true;
  }
  const auto self = objects().remove(reinterpret_cast<CUuserObject>(this));
  destructor_.function(destructor_.user_data);
  return true;
}

UserObjectReferences::UserObjectReferences(const UserObjectReferences& other) {
  take_all(other);
}

UserObjectReferences::~UserObjectReferences() {
  for (const auto& [object, count] : counts_) object->release(count);
}

void UserObjectReferences::take(const std::shared_ptr<UserObject>& object, unsigned count) {
  counts_[object] += count;
}

void UserObjectReferences::take_all(const UserObjectReferences& other) {
  for (const auto& [object, count] : other.counts_) {
    object->retain(count);
    take(object, count);
  }
}

bool UserObjectReferences::give_back(const std::shared_ptr<UserObject>& object, unsigned count) {
  const auto found = counts_.find(object);
  if (found == counts_.end() || found->second < count) return false;
  found->second -= count;
  if (found->second == 0) counts_.erase(found);
  object->release(count);
  return true;
}

namespace api {

CUresult cuUserObjectCreate(CUuserObject* object, void* pointer, CUhostFn destroy, unsigned initial_count,
                            unsigned flags) {
  if (object == nullptr || destroy == nullptr || !valid_count(initial_count) ||
      flags != CU_USER_OBJECT_NO_DESTRUCTOR_SYNC) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *object = objects().insert(std::make_shared<UserObject>(CUDA_HOST_NODE_PARAMS{destroy, pointer}, initial_count));
  return CUDA_SUCCESS;
}

CUresult cuUserObjectRetain(CUuserObject handle, unsigned count) {
  const auto object = objects().find(handle);
  if (object == nullptr || !valid_count(count)) return CUDA_ERROR_INVALID_VALUE;
  object->retain(count);
  return CUDA_SUCCESS;
}

CUresult cuUserObjectRelease(CUuserObject handle, unsigned count) {
  const auto object = objects().find(handle);
  if (object == nullptr || !valid_count(count)) return CUDA_ERROR_INVALID_VALUE;
  return object->release(count) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGraphRetainUserObject(CUgraph graph_handle, CUuserObject handle, unsigned count, unsigned flags) {
  const auto graph = driver().graphs.find(graph_handle);
  const auto object = objects().find(handle);
  if (graph == nullptr || object == nullptr || !valid_count(count) || flags > CU_GRAPH_USER_OBJECT_MOVE) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  const std::lock_guard lock(capture_mutex());
  if (flags != CU_GRAPH_USER_OBJECT_MOVE) object->retain(count);
  graph->user_objects.take(object, count);
  return CUDA_SUCCESS;
}

CUresult cuGraphReleaseUserObject(CUgraph graph_handle, CUuserObject handle, unsigned count) {
  const auto graph = driver().graphs.find(graph_handle);
  const auto object = objects().find(handle);
  if (graph == nullptr || object == nullptr || !valid_count(count)) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard lock(capture_mutex());
  return graph->user_objects.give_back(object, count) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

}  // namespace api
}  // namespace vgpu::cuda
