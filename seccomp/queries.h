#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "seccomp/rm/use.h"
#include "seccomp/watcher.h"

// Answers those who ask by host::kUseRequest. Nobody is waited for: a container that is busy is looked at again later,
// and one that stays busy is left out of the answer; an asker that does not read is dropped.
namespace vgpu::seccomp {

// What one container's devices hold and do; nullopt while it is busy.
using ContainerUse = std::optional<std::vector<rm::DeviceUse>>;

// The answer for containers by their IDs.
std::string use_answer(const std::map<std::string, ContainerUse>& containers);

class Queries {
 public:
  using Look = std::function<ContainerUse(const std::string& id)>;
  using Clock = std::chrono::steady_clock;

  // `watcher` is the caller's and outlives this object.
  explicit Queries(Watcher& watcher) : watcher_(watcher) {}

  // A connection whose request was read. All who ask while one look at the containers goes on share it. The connection
  // is closed when there are too many.
  void add(FileDescriptor connection);

  // True while somebody waits for a look at a container.
  [[nodiscard]] bool looking() const { return looking_; }
  [[nodiscard]] bool empty() const { return askers_.empty(); }

  // Looks at the containers of `ids` that it has not seen yet, and sends the answer once it has seen all of them, or
  // not within a quarter of a second. Drops askers that do not read. To be called often while looking() is true.
  void go_on(const std::vector<std::string>& ids, const Look& look);

  // The asker with this descriptor can take more, or is gone.
  void write(int descriptor);

 private:
  struct Asker {
    FileDescriptor connection;
    std::shared_ptr<const std::string> answer;  // nullptr while there is none
    std::size_t sent = 0;
    Clock::time_point deadline;
  };
  void send_to_all();

  Watcher& watcher_;
  std::map<int, Asker> askers_;
  bool looking_ = false;
  std::map<std::string, ContainerUse> seen_;
  Clock::time_point end_of_look_{};
};

}  // namespace vgpu::seccomp
