#pragma once

#include "gpu/backend.h"
#include "gpu/exec/device_heap.h"
#include "gpu/exec/device_status.h"

namespace vgpu::exec {

// Carries out one piece of work at a time, on the calling thread and the worker pool. After a fault nothing is carried
// out any more until the status is cleared.
class WorkRunner {
 public:
  WorkRunner(DeviceStatus& status, DeviceHeap& heap) : status_(status), heap_(heap) {}
  // Not for RecordWork and WaitWork, which are the stream's.
  void run(gpu::Work& work);

 private:
  void run_work(gpu::CopyWork& work);
  void run_work(gpu::FillWork& work);
  void run_work(gpu::LaunchWork& work);
  void run_work(gpu::HostWork& work);
  void run_work(gpu::TaskWork& work);
  void run_work(gpu::RecordWork&) {}
  void run_work(gpu::WaitWork&) {}

  DeviceStatus& status_;
  DeviceHeap& heap_;
};

}  // namespace vgpu::exec
