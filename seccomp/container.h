#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gpu/model/profile.h"
#include "seccomp/answer_slot.h"
#include "seccomp/processes.h"
#include "seccomp/rm/driver.h"
#include "seccomp/rm/use.h"
#include "seccomp/shared_journal.h"

// One container: its devices, the driver for them, and the answers to its calls. Without devices all calls are let
// through, as those of containers are whose profile has the listener though they have no vGPU. Thread-safe.
namespace vgpu::seccomp {

class Container {
 public:
  // Told of what is to be watched: the end of a file of the driver's, and a process that has files.
  struct Watch {
    std::function<void(int descriptor, rm::FileId file)> file;
    std::function<void(pid_t process)> process;
  };

  // Takes over what the journal holds.
  Container(std::string name, std::vector<model::Device> devices, SharedJournal journal, Processes::Log log,
            Watch watch);

  // What to do with a call. The answer is in the slot, and counts, when this returns.
  Outcome answer(const seccomp_notif& notification, AnswerSlot& slot);

  void close(rm::FileId file);

  // The same for whoever must not wait, whatever the container's processes do: they may have a call take as long as
  // they like, by memory or files that are slow to be read. What cannot be done at once is done by the next call, or
  // when settle is called again; settle is false when something is left to do. It looks at the devices' use, too.
  void close_later(rm::FileId file);
  void process_ended_later(pid_t process);
  bool settle();

  // What the devices hold and do; nullopt while the container is busy. Never waits.
  std::optional<std::vector<rm::DeviceUse>> use();

  // The descriptors that the container owns.
  [[nodiscard]] std::set<int> descriptors();
  // Watches again everything that is to be watched.
  void watch_all();
  // Goes on with what is in channels: to be called after what no container owns is closed, since that makes new
  // descriptors.
  void resume_channels();

 private:
  struct Opening {
    rm::Node node;
    rm::Caller caller;
    bool close_on_exec = false;
  };
  // What a call of open(2) or openat(2) opens, if that is a node of ours.
  std::optional<Opening> opening(const seccomp_notif& notification);
  Outcome open(const Opening& wanted);
  Outcome ioctl(const seccomp_notif& notification, const rm::Host::DescriptorIdentity& descriptor);
  void commit();
  // Does what was put off. Called with the mutex held.
  void catch_up();
  // Carries out what is in channels as long as there are any. Called with the mutex held.
  void start_channels();
  void run_channels(const std::stop_token& stopped);

  std::mutex mutex_;
  std::mutex put_off_mutex_;
  std::vector<rm::FileId> closed_files_;
  std::vector<pid_t> ended_processes_;
  std::atomic<bool> put_off_ = false;
  std::vector<model::Device> devices_;
  SharedJournal journal_;
  Processes processes_;
  rm::Driver driver_;
  Watch watch_;
  std::chrono::steady_clock::time_point next_sample_{};
  bool channels_run_ = false;
  std::jthread channels_;  // last: it uses the others
};

}  // namespace vgpu::seccomp
