#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "seccomp/rm/driver.h"
#include "shims/preload/syscall/driver/kept_descriptors.h"
#include "shims/preload/syscall/driver/process_host.h"
#include "shims/preload/syscall/driver/shown_files.h"

// NVIDIA's driver for the process that it is in. Thread-safe. A child made by fork(2) goes on with a copy of its own,
// which knows the files that it has inherited. It is never destroyed.
namespace vgpu::preload {

class ProcessDriver {
 public:
  // For the devices of /etc/vgpu/device.json; nullptr when there are none. To be called once.
  static ProcessDriver* make();

  // As in DriverInterface.
  int open(const char* path, int flags);
  int ioctl(int descriptor, std::uint32_t request, std::uint64_t argument);
  int look_up(const char* path, Entry& entry);
  const char* name_in(const char* folder, unsigned number, EntryKind& kind);

 private:
  explicit ProcessDriver(std::vector<model::Device> devices);
  class Turn;

  int open_node(std::uint64_t number, int flags);
  // Frees what belongs to files whose last copy is closed. Before anything else, so that no number is used for two.
  void close_abandoned();
  int carry_out(const rm::Answer& answer);
  // What is due once a call has changed the state.
  void settle();
  void start_channels();
  void run_channels();

  const std::vector<model::Device> devices_;
  std::mutex mutex_;
  ProcessHost host_;
  KeptDescriptors kept_;
  rm::Driver driver_;
  const ShownFiles files_;
  std::uint64_t sampled_ = 0;  // when the devices' use was looked at
  bool channels_run_ = false;
};

}  // namespace vgpu::preload
