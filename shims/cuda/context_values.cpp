#include "shims/cuda/context_values.h"

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "shims/cuda/call.h"
#include "shims/cuda/context_stack.h"
#include "shims/cuda/export_tables.h"

namespace vgpu::cuda {
namespace {

struct Value {
  void* value = nullptr;
  EndOfContext at_end = nullptr;
};

struct Values {
  std::mutex mutex;
  std::map<std::pair<CUcontext, void*>, Value> values;
};

Values& all() {
  // Never freed: a runtime may end after this library's own variables.
  static auto* const values = new Values;
  return *values;
}

CUcontext given_or_current(CUcontext context) {
  if (context != nullptr) return context;
  Context* const current = current_context();
  return current == nullptr ? nullptr : current->handle();
}

}  // namespace

CUresult put_context_value(CUcontext context, void* key, void* value, EndOfContext at_end) noexcept {
  return guarded<Check::anytime>([&]() -> CUresult {
    const CUcontext owner = given_or_current(context);
    if (driver().contexts.find(owner) == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
    const std::lock_guard lock(all().mutex);
    all().values[{owner, key}] = {value, at_end};
    return CUDA_SUCCESS;
  });
}

CUresult remove_context_value(CUcontext context, void* key) noexcept {
  return guarded<Check::anytime>([&]() -> CUresult {
    const CUcontext owner = given_or_current(context);
    const std::lock_guard lock(all().mutex);
    return all().values.erase({owner, key}) != 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
  });
}

CUresult get_context_value(void** value, CUcontext context, void* key) noexcept {
  return guarded<Check::anytime>([&]() -> CUresult {
    if (value == nullptr) return CUDA_ERROR_INVALID_VALUE;
    const CUcontext owner = given_or_current(context);
    const std::lock_guard lock(all().mutex);
    const auto found = all().values.find({owner, key});
    if (found == all().values.end()) return CUDA_ERROR_INVALID_HANDLE;
    *value = found->second.value;
    return CUDA_SUCCESS;
  });
}

void end_context_values(CUcontext context) {
  std::vector<std::pair<void*, Value>> ended;
  {
    const std::lock_guard lock(all().mutex);
    auto& values = all().values;
    for (auto at = values.lower_bound({context, nullptr}); at != values.end() && at->first.first == context;) {
      ended.emplace_back(at->first.second, at->second);
      at = values.erase(at);
    }
  }
  for (const auto& [key, value] : ended) {
    if (value.at_end != nullptr) value.at_end(context, key, value.value);
  }
}

}  // namespace vgpu::cuda
