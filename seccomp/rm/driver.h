#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "gpu/model/profile.h"
#include "seccomp/rm/activity.h"
#include "seccomp/rm/call.h"
#include "seccomp/rm/host.h"
#include "seccomp/rm/record.h"
#include "seccomp/rm/state.h"

// NVIDIA's kernel driver for the devices of one container: /dev/nvidiactl, /dev/nvidiaN and /dev/nvidia-uvm, answered
// as the driver of the branch would whose user-space the calling process brings.
namespace vgpu::rm {

struct OpenedFile {
  FileId id = 0;
  FileDescriptor given;  // what the caller is to have
  // Becomes ready for EPOLLERR when the last copy of `given` is closed; -1 for UVM's, which end with their process. It
  // is the driver's.
  int watched = -1;
};

// Not thread-safe: one call at a time.
class Driver {
 public:
  // `devices`, `journal` and `host` are the caller's and outlive the driver.
  Driver(std::span<const model::Device> devices, Journal& journal, Host& host);
  ~Driver();

  // Applies records of an earlier driver's journal. Call before anything else.
  void restore(std::span<const Record> records);
  // Records that stand for everything so far.
  [[nodiscard]] std::vector<Record> snapshot() const { return state_.snapshot(); }

  // Closes descriptors that nothing names any more: to be called when the records so far count.
  void close_dropped() { state_.close_dropped(); }

  // Opens a node. Fails with an errno: ENODEV for a device that the container has not, ENFILE when the container has
  // 4096 files open.
  std::expected<OpenedFile, int> open(Node node, const Caller& caller);
  // The last copy of the file is closed, or its process is gone: all that was made with it is freed.
  void close(FileId file);
  // The process is gone: closes its files that nobody else can have, which are UVM's.
  void process_ended(pid_t process);

  // The file of a descriptor, by what fstat(2) says of it; nullptr when it is none of ours.
  [[nodiscard]] const File* find_file(std::uint64_t inode_device, std::uint64_t inode) const {
    return state_.find_file(inode_device, inode);
  }
  [[nodiscard]] const State& state() const { return state_; }

  // Answers ioctl(2) on a file of find_file. Reads all it needs of the caller's memory once.
  Answer ioctl(const Call& call, const CallerMemory& memory);

  // Carries out a part of what is in channels. True when there was anything; to be called again and again while
  // has_channels() is true.
  bool run_channels();
  [[nodiscard]] bool has_channels() const;

  // Looks at how busy the devices are; to be called about five times a second while active() is true.
  void sample();
  [[nodiscard]] bool active() const;

  // Parts of the driver, for its own functions.
  [[nodiscard]] std::span<const model::Device> devices() const { return devices_; }
  // True when a device has that many bytes that are not charged.
  [[nodiscard]] bool has_room(unsigned device, std::uint64_t size) const;
  [[nodiscard]] Host& host() const { return host_; }
  [[nodiscard]] const Activity& activity() const;
  // Logs a line unless it was logged before; nothing more after 256 different ones.
  void log_once(const std::string& line);
  void change(const Record& record) {
    journal_.append(record);
    state_.apply(record);
  }

 private:
  struct Parts;  // activity, channels, what was logged
  std::span<const model::Device> devices_;
  Journal& journal_;
  Host& host_;
  State state_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace vgpu::rm
