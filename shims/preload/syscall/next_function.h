#pragma once

#include <dlfcn.h>

#include <atomic>

#include "shims/preload/dynamic_linker.h"

namespace vgpu::preload {

// The definition of a function that would count without this library. It is looked up at the first call.
template <class Function>
class NextFunction {
 public:
  constexpr explicit NextFunction(const char* name) : name_(name) {}

  Function* get() {
    Function* function = function_.load(std::memory_order_relaxed);
    if (function == nullptr) {
      function = reinterpret_cast<Function*>(find_symbol(RTLD_NEXT, name_));
      function_.store(function, std::memory_order_relaxed);
    }
    return function;
  }

 private:
  const char* const name_;
  std::atomic<Function*> function_ = nullptr;
};

}  // namespace vgpu::preload
