#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "shims/cublas/driver.h"

namespace vgpu::cublas_test {

// libcuda's stand-in: work is queued and runs when a stream is waited for.
struct FakeDriver {
  std::deque<std::function<void()>> queue;
  std::vector<std::string> names;
  CUcontext current = nullptr;
  int destroyed = 0;
  bool refuse = false;

  void run() {
    for (; !queue.empty(); queue.pop_front()) queue.front()();
  }
};
extern FakeDriver driver;

}  // namespace vgpu::cublas_test
